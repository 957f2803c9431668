import { spawnSync } from 'node:child_process'

// Hostile calls at full size: npm run test:attack [-- CALLS_OF_EACH_FUNCTION [SEED]]
const { status } = spawnSync('vitest', ['run', '--project', 'sdk', '--maxWorkers=1', 'test/attack'], {
  stdio: 'inherit',
  shell: process.platform === 'win32',
  env: {
    ...process.env,
    TERTULIA_ATTACK_RUNS: process.argv[2] ?? '100',
    TERTULIA_ATTACK_SEED: process.argv[3] ?? String(Date.now() % 1_000_000),
  },
})
process.exitCode = status ?? 1
