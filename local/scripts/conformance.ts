import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

// Runs the tests of the stack and prints how many of each area hold: npm run test:conformance -w local [-- AREA …]

interface Report {
  testResults: { name: string; assertionResults: { status: string; fullName: string }[] }[]
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const tests = join(root, 'local', 'test')
const folder = mkdtempSync(join(tmpdir(), 'tertulia-conformance-'))
const file = join(folder, 'report.json')
const areas = process.argv.slice(2).map((area) => `local/test/${area}/`)
spawnSync(
  'vitest',
  ['run', '--project', 'local', '--reporter=default', '--reporter=json', `--outputFile=${file}`, ...areas],
  { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], shell: process.platform === 'win32' },
)
const { testResults } = JSON.parse(readFileSync(file, 'utf8')) as Report
rmSync(folder, { recursive: true, force: true })

const counts = new Map<string, { held: number; all: number }>()
for (const { name, assertionResults } of testResults) {
  const [area = ''] = relative(tests, name).split(sep)
  const count = counts.get(area) ?? { held: 0, all: 0 }
  count.all += assertionResults.length
  count.held += assertionResults.filter(({ status }) => status === 'passed').length
  counts.set(area, count)
}
const lines = [...counts].sort(([one], [other]) => one.localeCompare(other))
const total = lines.reduce((sum, [, { held, all }]) => ({ held: sum.held + held, all: sum.all + all }), {
  held: 0,
  all: 0,
})
console.log()
for (const [area, { held, all }] of [...lines, ['in all', total] as const])
  console.log(`${area.padEnd(12)} ${String(held).padStart(5)} of ${String(all).padStart(5)}`)
process.exitCode = total.held === total.all && total.all > 0 ? 0 : 1
