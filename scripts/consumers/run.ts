import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { bundlers } from './bundlers.ts'
import { engines } from './engines.ts'
import { entries } from './entries.ts'
import { hovers } from './hovers.ts'
import { nodes } from './nodes.ts'
import { packageManagers } from './package-managers.ts'
import { type Consumer, tryConsumer } from './project.ts'
import { testRunners } from './test-runners.ts'
import { typeScripts } from './typescripts.ts'

/**
 * Installs the packed packages in fresh projects, as app developers do, and prints one table.
 *
 *   npm run check:consumers [-- --quick] [NAME …]
 *
 * NAME is the beginning of a row's name, such as `vite`; `--quick` is the part that CI runs.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false } },
})
if (!existsSync('.packed/tertulia.tgz')) {
  console.error('unable to check the packages; they are not packed\n  Run: npm run pack')
  process.exit(1)
}

const all: Consumer[] = [
  ...nodes,
  ...packageManagers,
  ...typeScripts,
  hovers,
  ...bundlers,
  ...entries,
  ...engines,
  ...testRunners,
]
const chosen = all.filter(
  ({ name, quick }) =>
    (quick || !values.quick) &&
    (positionals.length === 0 || positionals.some((start) => name.startsWith(start))),
)
const waiting = [...chosen]
const rows: { name: string; failure?: string; seconds: number; note?: string }[] = []

async function work(): Promise<void> {
  for (let consumer = waiting.shift(); consumer; consumer = waiting.shift()) {
    const startedAt = performance.now()
    const outcome = await tryConsumer(consumer).then(
      (note) => ({ note }),
      (error: Error) => ({ failure: error.message }),
    )
    const seconds = Math.round((performance.now() - startedAt) / 1000)
    rows.push({ name: consumer.name, seconds, ...outcome })
    console.log(`${'failure' in outcome ? 'FAILED' : 'ok    '} ${consumer.name} (${seconds} s)`)
    if ('failure' in outcome) console.log(outcome.failure.replace(/^/gm, '       '))
  }
}
// Two at once: while one installs the other computes.
await Promise.all([work(), work()])

const width = Math.max(...all.map(({ name }) => name.length))
console.log()
for (const { name } of chosen) {
  const row = rows.find((one) => one.name === name)
  if (row)
    console.log(
      `${name.padEnd(width)}  ${row.failure ? 'FAILED' : 'ok    '}  ${String(row.seconds).padStart(4)} s  ${row.note ?? ''}`,
    )
}
const failed = rows.filter(({ failure }) => failure).length
console.log(`\n${rows.length - failed} of ${rows.length} consumers work`)
process.exitCode = failed === 0 && rows.length > 0 ? 0 : 1
