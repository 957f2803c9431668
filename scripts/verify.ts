import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { mutants } from '../test/chaos/mutants.ts'
import { notOnThisMachine } from './not-on-this-machine.ts'

/**
 * Everything that takes longer than CI should, one step after the other, and then one table.
 *
 *   npm run verify [-- --runs 300] [--messages 5000] [STEP …]
 *
 * STEP is the beginning of a step's name, such as `chaos` or `bench`; without one, all of them run.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '300' },
    messages: { type: 'string', default: '5000' },
  },
})

interface Step {
  name: string
  /** The npm script and its arguments. */
  run: string[]
  /** The SDK is broken on purpose, and the script has to notice. */
  mustFail?: boolean
}

const suites = readdirSync('bench/suites').map((file) => file.replace('.ts', ''))
const steps: Step[] = [
  { name: 'chaos', run: ['test:chaos', '--runs', values.runs] },
  ...Object.keys(mutants).map((mutant) => ({
    name: `chaos with ${mutant}`,
    run: ['test:chaos', '--runs', values.runs, '--mutant', mutant],
    mustFail: true,
  })),
  { name: 'browser', run: ['test:browser'] },
  { name: 'flows', run: ['test:flows'] },
  { name: 'matrix', run: ['test:matrix'] },
  { name: 'attack', run: ['test:attack'] },
  { name: 'mutants', run: ['test:mutants'] },
  { name: 'faults', run: ['test:faults'] },
  { name: 'soak', run: ['test:soak', values.messages] },
  { name: 'soak of everything', run: ['test:soak', '--whole'] },
  { name: 'consumers', run: ['check:consumers'] },
  { name: 'examples', run: ['test:examples'] },
  { name: 'cron', run: ['test:cron'] },
  { name: 'restore', run: ['test:restore'] },
  { name: 'migration of an older site', run: ['test:migration'] },
  { name: 'rest', run: ['test:rest'] },
  ...suites.map((suite) => ({ name: `bench ${suite}`, run: ['bench', suite, '--scale', 'small'] })),
]
const chosen = steps.filter(
  ({ name }) => positionals.length === 0 || positionals.some((start) => name.startsWith(start)),
)
if (chosen.length === 0) {
  console.error(
    `unable to verify; no step has that name. The steps are: ${steps.map((s) => s.name).join(', ')}`,
  )
  process.exit(2)
}

interface Outcome {
  name: string
  result: 'ok' | 'FAILED' | 'not run'
  seconds: number
  reason: string
}

async function verify({ name, run: [script = '', ...args], mustFail = false }: Step): Promise<Outcome> {
  console.log(`\n==> ${name}`)
  const startedAt = performance.now()
  const child = spawn('npm', ['run', '--silent', script, '--', ...args], {
    shell: process.platform === 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      // What a broken SDK gets wrong is long, and of no interest.
      if (!mustFail) process.stdout.write(text)
      lines.push(...text.split('\n').filter((line) => line.trim() !== ''))
    })
  }
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  if (code === notOnThisMachine) return { name, result: 'not run', seconds, reason: lines[0] ?? '' }
  if (mustFail) {
    const found = code === 1 && lines.some((line) => /^[1-9]\d* runs with mismatches/.test(line))
    const reason = found ? 'the mistake was found' : `the mistake was not found; ${lines.at(-1)}`
    return { name, result: found ? 'ok' : 'FAILED', seconds, reason }
  }
  if (code !== 0) return { name, result: 'FAILED', seconds, reason: lines.at(-1) ?? `status ${code}` }
  const missed = lines.filter((line) => line.includes('  MISSED ')).length
  return { name, result: 'ok', seconds, reason: missed > 0 ? `${missed} targets missed` : '' }
}

const outcomes: Outcome[] = []
for (const step of chosen) outcomes.push(await verify(step))

const width = Math.max(...outcomes.map(({ name }) => name.length))
console.log()
for (const { name, result, seconds, reason } of outcomes) {
  console.log(
    `${result.padEnd(7)}  ${name.padEnd(width)}  ${String(seconds).padStart(5)} s  ${reason}`.trimEnd(),
  )
}
process.exitCode = outcomes.some(({ result }) => result === 'FAILED') ? 1 : 0
