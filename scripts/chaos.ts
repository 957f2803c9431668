/**
 * People talk on several devices while everything goes wrong; then every device must show what the database has.
 *
 *   npm run test:chaos [-- --runs 1000] [--seed 1] [--at-once 3] [--mutant MUTANT]
 *
 * MUTANT is no-catch-up, cache-never-invalidated, no-head-check, receipts-by-client-only, no-idempotency, no-outbox-dedupe, outbox-rests or
 * actions-overtake. A run that fails prints its seed; `--seed <it> --runs 1` runs it again. With a mutant, an SDK that was broken on purpose, the suite has to fail: the command
 * does so too, and says which mismatches were found.
 */
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { parseArgs } from 'node:util'
import postgres from 'postgres'
import { startStack } from '../local/src/index.ts'
import { filesOf, mutate } from '../test/chaos/mutants.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    'at-once': { type: 'string', default: '3' },
    mutant: { type: 'string' },
  },
})
const runs = Number(values.runs)
const firstSeed = Number(values.seed)
if (values.mutant) breakSdk(values.mutant)

const { runChaos } = await import('../test/chaos/run.ts')
const { raiseRateLimits } = await import('../test/support/rate-limits.ts')
const { signUpPeople } = await import('../test/chaos/people.ts')
const stack = await startStack()
await raiseRateLimits(stack.dbUrl)
const sql = postgres(stack.adminDbUrl, { max: 2, onnotice: () => {} })
const faults: Record<string, number> = {}
const startedAt = performance.now()
let messages = 0
let failed = 0
let begun = 0
let done = 0

/** One run after the other, with people of its own; several do so at once. */
async function work(): Promise<void> {
  const people = await signUpPeople(stack, ['ana', 'ben', 'eve'])
  // A broken SDK is found or not; how often says little.
  while (begun < runs && !(values.mutant && failed > 0)) {
    const report = await runChaos(stack, sql, people, firstSeed + begun++)
    done++
    messages += report.messages
    for (const [fault, count] of Object.entries(report.faults)) faults[fault] = (faults[fault] ?? 0) + count
    if (report.mismatches.length > 0) {
      failed++
      console.log(`seed ${report.seed}:\n  ${report.mismatches.join('\n  ')}`)
    }
    if (done % 25 === 0) console.log(`${done} runs, ${failed} with mismatches, ${pace()}; ${told()}`)
  }
}

await Promise.all(Array.from({ length: Number(values['at-once']) }, work))
await sql.end()
await stack.stop()

console.log(`${done} runs from seed ${firstSeed}, ${messages} messages, ${pace()}`)
console.log(told())
console.log(`${failed} runs with mismatches${values.mutant ? `, with the mutant ${values.mutant}` : ''}`)
// What a killed client left behind would keep the process.
process.exit(failed > 0 ? 1 : 0)

function told(): string {
  const counts = Object.entries(faults).map(([fault, count]) => `${fault} ${count}`)
  return counts.join(', ')
}

function pace(): string {
  return `${Math.round((done * 60_000) / (performance.now() - startedAt))} runs a minute`
}

/** Loads the SDK with a mistake in it. */
function breakSdk(name: string): void {
  const sources = new Map(
    filesOf(name).map((path) => {
      const { href } = new URL(`../${path}`, import.meta.url)
      return [href, mutate(readFileSync(new URL(href), 'utf8'), name, path)]
    }),
  )
  registerHooks({
    load(url, context, next) {
      const source = sources.get(url)
      return source === undefined
        ? next(url, context)
        : { format: 'module-typescript', source, shortCircuit: true }
    },
  })
}
