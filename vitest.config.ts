import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/support/sequencer.ts'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

const alias = [
  { find: /^tertulia$/, replacement: at('src/index.ts') },
  { find: /^tertulia\/contacts$/, replacement: at('src/chat/contacts/index.ts') },
  { find: /^tertulia\/(setlists|library|comments|kept)$/, replacement: at('src/songs/$1/index.ts') },
  { find: /^tertulia\/figures$/, replacement: at('src/analytics/figures/index.ts') },
  { find: /^tertulia\/(circles|requests)$/, replacement: at('src/sharing/$1/index.ts') },
  { find: /^tertulia\/([\w-]+)$/, replacement: at('src/$1/index.ts') },
  { find: /^tertulia\/testing\/msw$/, replacement: at('src/testing/msw/index.ts') },
  { find: /^tertulia\/diagrams\/(\w+)$/, replacement: at('src/diagrams/$1.ts') },
  { find: /^tertulia-local$/, replacement: at('local/src/index.ts') },
]

/** An installed `tertulia-local`: the tests of the stack run on it in place of the sources (`npm run check:consumers` does this). */
const packed = process.env.TERTULIA_LOCAL_PACKED
const packedStack: Plugin = {
  name: 'packed-stack',
  enforce: 'pre',
  async resolveId(source, importer) {
    const [, entry] = /\/src\/(index|vitest)\.ts$/.exec(source) ?? []
    if (!packed || !entry || !importer) return undefined
    const found = await this.resolve(source, importer, { skipSelf: true })
    return found?.id.startsWith(at('local/src/'))
      ? { id: join(packed, 'dist', `${entry}.js`), external: true }
      : undefined
  },
}

// Nobody attacks the passwords of the tests: hashing them as the platform does takes a tenth of a second for each sign-up.
process.env.LITE_AUTH_BCRYPT_COST ??= '4'

// Workers and commands start with what the ones before them have compiled.
process.env.NODE_COMPILE_CACHE ??= at('node_modules/.cache/node')

/**
 * Files that run at once: one more than there are processors, because tests also wait; on two processors that takes a sixth off the
 * time. On a project of the Supabase CLI, which they would share, one.
 */
const maxWorkers = process.env.TERTULIA_STACK === 'supabase' ? 1 : Math.min(4, availableParallelism() + 1)

export default defineConfig({
  plugins: [packedStack],
  resolve: { alias },
  test: {
    // What was compiled for the packed stack names its folder; no other run may find that in the cache.
    fsModuleCache: !packed,
    maxWorkers,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'local',
          // Its files share nothing but modules: to load those once a worker saves half of the time.
          isolate: false,
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
          isolate: false,
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
