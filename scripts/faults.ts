/**
 * Kills PostgreSQL, the stack and clients at every step of what they do, fills the disk, moves the clocks, cuts thousands of
 * connections and migrates under load; then everything that was acknowledged must be there, once.
 *
 *   npm run test:faults [-- --small] [NAME …]
 *
 * NAME is a part of a fault's name. Status 1 when something was lost, twice or half-done.
 */
import { rm } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { faults } from '../test/faults/index.ts'
import { makeClusters } from '../test/support/stack.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { small: { type: 'boolean', default: false } },
})
const chosen = faults.filter(
  ({ name }) => positionals.length === 0 || positionals.some((part) => name.includes(part)),
)
const clusters = await makeClusters()
const rows: string[] = []
let wrong = 0
for (const { name, run } of chosen) {
  const startedAt = performance.now()
  const outcome = await run({ cluster: clusters[0], preparedCluster: clusters[2] }, values.small)

  wrong += outcome.wrong.length
  for (const what of outcome.wrong) console.log(`WRONG     ${outcome.name}: ${what}`)
  const figures = [outcome.faults, outcome.acknowledged, outcome.wrong.length].map((n) =>
    String(n).padStart(7),
  )
  rows.push(`${outcome.name.padEnd(52)}${figures.join(' ')}  ${outcome.note ?? ''}`.trimEnd())
  console.log(rows.at(-1))
  console.log(`          ${name}: ${Math.round((performance.now() - startedAt) / 1000)} s`)
}
for (const folder of clusters) await rm(folder, { recursive: true, force: true })
console.log(`\n${'fault'.padEnd(52)} faults  acked   wrong\n${rows.join('\n')}`)
console.log(wrong === 0 ? 'nothing acknowledged was lost' : `${wrong} wrong`)
process.exit(wrong === 0 ? 0 : 1)
