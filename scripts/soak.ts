import { spawnSync } from 'node:child_process'

// The chat soak at full size: npm run test:soak [-- MESSAGES]
const { status } = spawnSync('vitest', ['run', '--project', 'sdk', 'test/chat/soak.test.ts'], {
  stdio: 'inherit',
  shell: process.platform === 'win32',
  env: { ...process.env, TERTULIA_SOAK_MESSAGES: process.argv[2] ?? '10000' },
})
process.exitCode = status ?? 1
