import { spawnSync } from 'node:child_process'

/** Every gate but the tests, in the order in which a failure is cheapest to hear of. */
const gates: [string, string, string[]][] = [
  ['format and lint', 'biome', ['ci', '--error-on-warnings', '.']],
  ['types', 'tsc', ['-p', '.']],
  ['migrations: squawk', 'squawk', ['--config', '.squawk.toml', 'supabase/migrations/*.sql']],
  ['migrations: rules of the house', 'node', ['scripts/check-migrations.ts']],
  ['seed map', 'node', ['scripts/check-seed-map.ts']],
  ['unused files, exports and dependencies', 'knip', []],
  ['build', 'npm', ['run', 'build', '--silent']],
  ['package: publint', 'publint', ['--strict']],
  ['package: types for consumers', 'attw', ['--pack', '.', '--profile', 'esm-only']],
  ['package: size', 'size-limit', []],
  ['database: catalogue, advisors, generated types', 'node', ['scripts/check-database.ts']],
]

let failed = 0
for (const [name, command, args] of gates) {
  const startedAt = performance.now()
  const { status, stdout, stderr } = spawnSync([command, ...args].join(' '), {
    shell: true,
    encoding: 'utf8',
  })
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`)
  if (status === 0) continue
  failed++
  console.log(`${stdout}${stderr}`.replace(/^/gm, '       '))
}
console.log(failed === 0 ? `${gates.length} gates passed` : `${failed} of ${gates.length} gates failed`)
process.exitCode = failed === 0 ? 0 : 1
