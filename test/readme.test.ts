import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { expect, inject, test } from 'vitest'
import { password, signUp } from './support/people.ts'

const run = promisify(execFile)

test.each(['README.md', 'README.es.md'])("%s's first example is examples/node/first.ts", async (file) => {
  const [, example] = /```ts\n(.*?)```/s.exec(await readFile(file, 'utf8')) ?? []
  expect(example).toBe(await readFile('examples/node/first.ts', 'utf8'))
  expect(await readFile('examples/script/first.ts', 'utf8')).toBe(example)
})

test("README.md's first React example is examples/react/room.tsx", async () => {
  const [, example] = /```tsx\n(.*?)```/s.exec(await readFile('README.md', 'utf8')) ?? []
  expect(example).toBe(await readFile('examples/react/room.tsx', 'utf8'))
})

test('the first example runs, on the package as it is built', async () => {
  const [ana] = await Promise.all([signUp(), signUp('Ben')])
  const { apiUrl, publishableKey } = inject('stack')
  const { stdout } = await run('node', ['examples/node/first.ts'], {
    env: {
      ...process.env,
      API_URL: apiUrl,
      PUBLISHABLE_KEY: publishableKey,
      EMAIL: ana.email,
      PASSWORD: password,
    },
  })
  expect(stdout).toContain('I am Ana, @user-')
  expect(stdout).toContain("Luna de cobre [ 'Am', 'E7' ]")
  expect(stdout).toMatch(/[1-9]\d* found, first: Luna de cobre/)
  expect(stdout).toContain("[ '¡Hola!' ]")
})

test.each(['README.md', 'README.es.md', 'CONTRIBUTING.md', 'local/README.md'])(
  '%s names only scripts that exist',
  async (file) => {
    const scriptsOf = async (folder: string) =>
      JSON.parse(await readFile(`${folder}/package.json`, 'utf8')).scripts as Record<string, string>
    const [here, local] = [await scriptsOf('.'), await scriptsOf('local')]
    const named = [...(await readFile(file, 'utf8')).matchAll(/npm run ([\w:-]+)( -w local)?/g)]
    const missing = named.filter(([, name = '', inLocal]) => !(name in (inLocal ? local : here)))
    expect(missing.map(([command]) => command)).toEqual([])
  },
)
