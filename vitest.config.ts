import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

const alias = [
  { find: /^tertulia$/, replacement: at('src/index.ts') },
  { find: /^tertulia\/(\w+)$/, replacement: at('src/$1/index.ts') },
  { find: /^tertulia\/diagrams\/(\w+)$/, replacement: at('src/diagrams/$1.ts') },
  { find: /^tertulia-local$/, replacement: at('local/src/index.ts') },
]

// Nobody attacks the passwords of the tests: hashing them as the platform does takes a tenth of a second for each sign-up.
process.env.LITE_AUTH_BCRYPT_COST ??= '4'

/**
 * Files that run at once: one more than there are processors, because tests also wait; on two processors that takes a sixth off the
 * time. On a project of the Supabase CLI, which they would share, one.
 */
const maxWorkers = process.env.TERTULIA_STACK === 'supabase' ? 1 : Math.min(4, availableParallelism() + 1)

export default defineConfig({
  resolve: { alias },
  test: {
    maxWorkers,
    projects: [
      {
        extends: true,
        test: {
          name: 'local',
          include: ['local/test/**/*.test.ts'],
          globalSetup: ['local/test/support/cluster.ts'],
          setupFiles: ['local/test/support/deadline.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'sdk',
          include: ['test/**/*.test.ts'],
          exclude: ['test/browser/**'],
          globalSetup: ['test/support/stack.ts'],
          setupFiles: ['local/test/support/deadline.ts', 'test/support/stack-of-worker.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
