import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { copyPackage, makeFolder, readTree, tertulia, writeFiles } from '../support/cli.ts'

async function initialised() {
  const packageDir = copyPackage()
  const folder = makeFolder({ 'supabase/migrations/20200101000000_theirs.sql': '' })
  await tertulia(['init'], { cwd: folder, packageDir })
  return { packageDir, folder, upgrade: () => tertulia(['upgrade'], { cwd: folder, packageDir }) }
}

const migrationsOf = (folder: string) => readdirSync(join(folder, 'supabase/migrations')).sort()
const ourFirst = (folder: string) => migrationsOf(folder).find((file) => file.includes('_tertulia_')) ?? ''

test('without anything new it says so and changes nothing', async () => {
  const { folder, upgrade } = await initialised()
  const before = readTree(folder)
  expect(await upgrade()).toMatchObject({ code: 0, out: expect.stringContaining('Nothing to do') })
  expect(readTree(folder)).toEqual(before)
})

test("new migrations come after the project's newest and are recorded; tests follow the release", async () => {
  const { folder, packageDir, upgrade } = await initialised()
  const before = migrationsOf(folder)
  writeFiles(folder, { 'supabase/migrations/20300101000000_later.sql': '' })
  writeFiles(packageDir, {
    'package.json': '{"version":"0.2.0"}',
    'supabase/migrations/20270601000000_songs.sql': 'select 1;',
    'supabase/migrations/20270601000100_sharing.sql': 'select 2;',
    'supabase/tests/database/later.test.sql': '-- new',
    'supabase/tests/database/profiles.test.sql': '-- changed',
  })
  rmSync(join(packageDir, 'supabase/tests/database/chat.test.sql'))
  const said = await upgrade()
  expect(said.code).toBe(0)
  const added = ['20300101000001_tertulia_songs.sql', '20300101000002_tertulia_sharing.sql']
  expect(migrationsOf(folder)).toEqual([...before, '20300101000000_later.sql', ...added])
  const tree = readTree(join(folder, 'supabase'))
  expect(tree).toMatchObject({
    [`migrations/${added[0]}`]: 'select 1;',
    'tests/tertulia/database/later.test.sql': '-- new',
    'tests/tertulia/database/profiles.test.sql': '-- changed',
  })
  expect(tree).not.toHaveProperty(['tests/tertulia/database/chat.test.sql'])
  expect(tree).not.toHaveProperty(['.tertulia/'])
  const { package: writer, files } = JSON.parse(tree['tertulia.lock'] ?? '')
  expect(writer).toBe('0.2.0')
  expect(files.map(({ file }: { file: string }) => file).sort()).toEqual(
    Object.keys(tree).filter((name) => /_tertulia_.*sql$|^tests\/tertulia\/.*sql$/.test(name)),
  )
  expect((await tertulia(['doctor'], { cwd: folder, packageDir })).code).toBe(0)
  expect((await upgrade()).out).toContain('Nothing to do')
})

test.each([
  ['changed', (file: string) => writeFileSync(file, 'select 1;')],
  ['missing', (file: string) => rmSync(file)],
])('a recorded migration that is %s stops it and is named', async (fate, tamper) => {
  const { folder, packageDir, upgrade } = await initialised()
  writeFiles(packageDir, { 'supabase/migrations/20270601000000_songs.sql': 'select 1;' })
  const file = ourFirst(folder)
  tamper(join(folder, 'supabase/migrations', file))
  const before = readTree(folder)
  const said = await upgrade()
  expect(said.code).toBe(1)
  expect(said.err).toContain(`unable to upgrade; supabase/migrations/${file} is ${fate}`)
  expect(readTree(folder)).toEqual(before)
})

test('line ends of another system are no change', async () => {
  const { folder, upgrade } = await initialised()
  const file = join(folder, 'supabase/migrations', ourFirst(folder))
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll('\n', '\r\n'))
  expect((await upgrade()).code).toBe(0)
})

test('a failure half-way puts every file back', async () => {
  const { folder, packageDir, upgrade } = await initialised()
  writeFiles(packageDir, {
    'supabase/migrations/20270601000000_songs.sql': 'select 1;',
    'supabase/tests/database/profiles.test.sql': '-- changed',
    'supabase/tests/database/later.test.sql': '-- new',
  })
  writeFiles(folder, { 'supabase/tests/tertulia/database/later.test.sql': '-- theirs' })
  const before = readTree(folder)
  const said = await upgrade()
  expect(said.err).toContain('supabase/tests/tertulia/database/later.test.sql is in the way')
  expect(readTree(folder)).toEqual(before)
})

test('without a lock, with a broken one, or with that of a newer release it stops', async () => {
  const { folder, packageDir, upgrade } = await initialised()
  const lock = join(folder, 'supabase/tertulia.lock')
  const text = readFileSync(lock, 'utf8')

  writeFileSync(lock, text.replace(/"schemaVersion": \d+/, '"schemaVersion": 9999'))
  expect((await upgrade()).err).toContain('npm install tertulia@latest')
  writeFileSync(lock, text.replace('"migrations/', '"migrations/../../'))
  expect((await upgrade()).err).toContain('unable to read supabase/tertulia.lock; files.0.')
  writeFileSync(lock, '<<<<<<< HEAD')
  expect((await upgrade()).err).toContain('unable to read supabase/tertulia.lock')
  rmSync(lock)
  expect((await upgrade()).err).toContain('there is no supabase/tertulia.lock here')

  writeFileSync(lock, text)
  const first = readdirSync(join(packageDir, 'supabase/migrations')).sort()[0] ?? ''
  writeFiles(packageDir, { [`supabase/migrations/${first}`]: 'select 3;' })
  expect((await upgrade()).err).toContain(`migrations/${first} of tertulia`)
})
