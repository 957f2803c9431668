import { defineConfig } from '@playwright/test'
import { launchOptions } from './chromium.ts'

/**
 * The demo in a real Chromium, on a stack of its own that leaves nothing behind: `npm run test:browser` for CI, and `npm run test:flows`
 * for every page, part of `npm run verify`.
 */
export default defineConfig({
  testDir: '.',
  globalSetup: './chromium.ts',
  projects: [
    { name: 'short', testMatch: ['demo.spec.ts', 'offline.spec.ts', 'print.spec.ts'] },
    { name: 'flows', testMatch: 'flows-*.spec.ts' },
  ],
  // Two users walk through the demo in one stack: one test after the other.
  workers: 1,
  timeout: 300_000,
  reporter: 'list',
  forbidOnly: true,
  outputDir: '../../node_modules/.cache/browser',
  expect: { timeout: 15_000 },
  use: {
    actionTimeout: 15_000,
    navigationTimeout: 15_000,
    launchOptions: launchOptions('--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'),
  },
})
