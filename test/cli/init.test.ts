import { createHash } from 'node:crypto'
import { chmodSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { schemaVersion } from '../../src/core/schema-version.ts'
import { copyPackage, execute, makeFolder, readTree, tertulia, writeFiles } from '../support/cli.ts'

const ours = readdirSync('supabase/migrations').sort()
const readLockFile = (folder: string) =>
  JSON.parse(readFileSync(join(folder, 'supabase/tertulia.lock'), 'utf8'))

test('in an empty folder our migrations keep their own stamps and content', async () => {
  const folder = makeFolder()
  const said = await tertulia(['init'], { cwd: folder })
  expect(said).toMatchObject({ code: 0, err: '' })
  const added = readdirSync(join(folder, 'supabase/migrations')).sort()
  expect(added).toEqual(ours.map((file) => file.replace('_', '_tertulia_')))
  for (const [index, file] of ours.entries()) {
    const copy = readFileSync(join(folder, 'supabase/migrations', added[index] ?? ''), 'utf8')
    expect(copy).toBe(readFileSync(join('supabase/migrations', file), 'utf8'))
  }
  expect(readdirSync(join(folder, 'supabase/tests/tertulia/database')).sort()).toEqual(
    readdirSync('supabase/tests/database').sort(),
  )
  expect(readdirSync(join(folder, 'supabase')).sort()).toEqual(['migrations', 'tertulia.lock', 'tests'])
  expect(said.out).toContain('npx supabase db push --remote')
})

test('the lock records our name, the name here, the checksum and the schema version of every file', async () => {
  const folder = makeFolder()
  await tertulia(['init', '--dir', folder])
  const { files, ...about } = readLockFile(folder)
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  expect(about).toEqual({ lockVersion: 1, package: version, schemaVersion })
  const copies = Object.entries(readTree(join(folder, 'supabase'))).filter(([name]) => name.endsWith('.sql'))
  expect(files).toHaveLength(copies.length)
  for (const [file, text] of copies) {
    const record = files.find((record: { file: string }) => record.file === file)
    expect(record.sha256).toBe(createHash('sha256').update(text).digest('hex'))
    expect(record.schemaVersion).toBe(schemaVersion)
    expect(text).toBe(readFileSync(join('supabase', record.name), 'utf8'))
  }
})

test("in a project our migrations come after its newest, in our order, and nothing of the project's changes", async () => {
  const own = {
    'supabase/config.toml': '[realtime]\nenabled = false\n',
    'supabase/seed.sql': 'select 1;',
    'supabase/migrations/20290101000000_theirs.sql': 'select 1;',
    'supabase/migrations/20200101000000_older.sql': 'select 1;',
    'supabase/tests/database/profiles.test.sql': '-- theirs',
  }
  const folder = makeFolder(own)
  const said = await tertulia(['init'], { cwd: folder })
  expect(said.code).toBe(0)
  expect(readTree(folder)).toMatchObject(own)
  const added = readdirSync(join(folder, 'supabase/migrations')).sort().slice(2)
  expect(added).toEqual(
    ours.map((file, index) => `2029010100${String(index + 1).padStart(4, '0')}_tertulia_${file.slice(15)}`),
  )
  expect(said.out).toContain('# [realtime] is off\n  [realtime]\n  enabled = true')
})

test('a second init changes nothing and points to upgrade', async () => {
  const folder = makeFolder()
  await tertulia(['init'], { cwd: folder })
  const before = readTree(folder)
  const said = await tertulia(['init'], { cwd: folder })
  expect(said.code).toBe(1)
  expect(said.err).toContain('unable to initialise; this project is already initialised')
  expect(said.err).toContain('npx tertulia upgrade')
  expect(readTree(folder)).toEqual(before)
})

test('our migrations without their lock are not added twice', async () => {
  const theirs = 'supabase/migrations/20270101000000_copy.sql'
  const folder = makeFolder({
    [theirs]: readFileSync(join('supabase/migrations', ours[0] ?? ''), 'utf8').replaceAll('\n', '\r\n'),
  })
  const said = await tertulia(['init'], { cwd: folder })
  expect(said.err).toContain(`${theirs} is a migration of Tertulia, but supabase/tertulia.lock is missing`)
  expect(Object.keys(readTree(folder)).filter((name) => name.endsWith('.sql'))).toEqual([theirs])
})

test.each([
  [
    'a file of the same name',
    'supabase/tests/tertulia/database/profiles.test.sql',
    'tests/tertulia/database/profiles.test.sql is in the way',
  ],
  ['a file instead of our folder', 'supabase/tests/tertulia', 'supabase/tests/tertulia is in the way'],
  ['a file instead of migrations', 'supabase/migrations', 'a file stands where a folder must be'],
  ['a file instead of supabase', 'supabase', 'supabase is not a folder'],
])('%s stops init before anything is written', async (_, file, word) => {
  const folder = makeFolder({ [file]: 'in the way' })
  const before = readTree(folder)
  const said = await tertulia(['init'], { cwd: folder })
  expect(said.code).toBe(1)
  expect(said.err).toContain(word)
  expect(readTree(folder)).toEqual(before)
})

test('a link to nothing in the way stops init too', async () => {
  const folder = makeFolder({ 'supabase/tests/own.sql': '' })
  symlinkSync('/nowhere', join(folder, 'supabase/tests/tertulia'))
  const said = await tertulia(['init'], { cwd: folder })
  expect(said).toMatchObject({
    code: 1,
    err: expect.stringContaining('supabase/tests/tertulia is in the way'),
  })
  expect(readdirSync(join(folder, 'supabase'))).toEqual(['tests'])
})

/** Permissions do not bind root: there the command runs as nobody. */
async function withoutPrivileges<T>(run: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return await run()
  process.seteuid?.(65_534)
  try {
    return await run()
  } finally {
    process.seteuid?.(0)
  }
}

test('a write that fails half-way leaves nothing', async () => {
  const packageDir = copyPackage()
  const folder = makeFolder({
    'supabase/migrations/20200101000000_theirs.sql': '',
    'supabase/tests/x.sql': '',
  })
  for (const open of ['supabase', 'supabase/migrations']) chmodSync(join(folder, open), 0o777)
  chmodSync(join(folder, 'supabase/tests'), 0o555)
  const before = readTree(folder)
  const said = await withoutPrivileges(() => tertulia(['init'], { cwd: folder, packageDir }))
  expect(said.code).toBe(1)
  expect(said.err).toMatch(/^tertulia: unable to initialise; .*tests.*: permission denied/)
  expect(readTree(folder)).toEqual(before)
})

test('an unwritable folder is left as it was', async () => {
  const packageDir = copyPackage()
  const folder = makeFolder()
  chmodSync(folder, 0o555)
  const said = await withoutPrivileges(() => tertulia(['init'], { cwd: folder, packageDir }))
  expect(said.err).toContain('permission denied')
  expect(readTree(folder)).toEqual({})
})

test('of several inits at once one wins and the project is whole', async () => {
  const folder = makeFolder({ 'supabase/migrations/20200101000000_theirs.sql': '' })
  const runs = await Promise.all(
    [1, 2, 3].map(() => execute(process.execPath, [resolve('src/cli/main.ts'), 'init', '--dir', folder])),
  )
  expect(runs.map(({ code }) => code).sort()).toEqual([0, 1, 1])
  for (const { err } of runs.filter(({ code }) => code === 1)) expect(err).toContain('unable to initialise; ')
  expect(readdirSync(join(folder, 'supabase')).sort()).toEqual(['migrations', 'tertulia.lock', 'tests'])
  expect(readdirSync(join(folder, 'supabase/migrations'))).toHaveLength(ours.length + 1)
  expect((await tertulia(['doctor', '--dir', folder])).code).toBe(0)
})

test('what a killed init left half-done is undone by the next', async () => {
  const folder = makeFolder({ 'supabase/migrations/20200101000000_theirs.sql': '' })
  const root = JSON.stringify(join(folder, 'supabase'))
  const killed = await execute(process.execPath, [
    '--input-type=module',
    '--eval',
    `import { existsSync } from 'node:fs'
     import { changeFiles } from ${JSON.stringify(resolve('src/cli/files/transaction.ts'))}
     changeFiles(${root}, 'initialise', () => [
       { file: 'migrations/20200101000001_first.sql', content: 'one' },
       { file: 'tests/tertulia/second.sql', get content() {
         if (existsSync(${root} + '/migrations/20200101000001_first.sql')) process.kill(process.pid, 'SIGKILL')
         return 'two'
       } },
     ])`,
  ])
  expect(killed.code).not.toBe(0)
  expect(readdirSync(join(folder, 'supabase/migrations'))).toContain('20200101000001_first.sql')
  expect((await tertulia(['doctor', '--dir', folder])).out).toContain('supabase/.tertulia is there')

  const said = await tertulia(['init'], { cwd: folder })
  expect(said.code).toBe(0)
  expect(readdirSync(join(folder, 'supabase/migrations'))).toHaveLength(ours.length + 1)
  expect(readdirSync(join(folder, 'supabase')).sort()).toEqual(['migrations', 'tertulia.lock', 'tests'])
})

test('a command that is at work is not disturbed', async () => {
  const folder = makeFolder({ 'supabase/.tertulia/owner': String(process.ppid) })
  const said = await tertulia(['init'], { cwd: folder })
  expect(said.err).toContain(`unable to initialise; process ${process.ppid} is changing this project`)
  expect(Object.keys(readTree(folder))).toEqual([
    'supabase/',
    'supabase/.tertulia/',
    'supabase/.tertulia/owner',
  ])
})

test('folders that cannot be a project are refused', async () => {
  const missing = await tertulia(['init', '--dir', '/nowhere/at/all'])
  expect(missing.err).toContain('there is no folder /nowhere/at/all')
  const self = await tertulia(['init', '--dir', '.'])
  expect(self.err).toContain('this is the package itself')
  const folder = makeFolder({ 'supabase/config.toml': '' })
  const inside = await tertulia(['init', '--dir', join(folder, 'supabase')])
  expect(inside.err).toContain('this is the supabase folder itself')
  writeFiles(folder, { 'file.txt': '' })
  const file = await tertulia(['init', '--dir', join(folder, 'file.txt')])
  expect(file.err).toContain('file.txt is not a folder')
})
