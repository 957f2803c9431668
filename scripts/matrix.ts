import { spawnSync } from 'node:child_process'

// Every caller, object, command and column: npm run test:matrix
const { status } = spawnSync('vitest', ['run', '--project', 'sdk', '--maxWorkers=1', 'test/matrix'], {
  stdio: 'inherit',
  shell: process.platform === 'win32',
  env: { ...process.env, TERTULIA_MATRIX: 'whole' },
})
process.exitCode = status ?? 1
