import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type PostgresServer, startPostgres, startStack } from '../../local/src/index.ts'
import { copyCluster } from '../../local/test/support/cluster.ts'
import { schemaVersion } from '../../src/core/schema-version.ts'
import { copyPackage, execute, makeFolder, tertulia, writeFiles } from '../support/cli.ts'

let server: PostgresServer

beforeAll(async () => {
  const folder = await copyCluster(inject('cluster'))
  server = await startPostgres({ dataDir: join(folder, 'db'), port: 0, removeAfter: folder })
})

afterAll(() => server?.stop())

/** A database as a new project has it; its connections end with the test. */
async function createProject() {
  const name = `project_${crypto.randomUUID().replaceAll('-', '')}`
  const admin = postgres(server.adminUrl, { max: 1, onnotice: () => {} })
  await admin.unsafe(`create database ${name} template postgres owner postgres`)
  await admin.end()
  const url = server.url.replace(/postgres$/, name)
  const ask = async <T>(work: (sql: postgres.Sql) => Promise<T>): Promise<T> => {
    const sql = postgres(url, { max: 1, onnotice: () => {} })
    try {
      return await work(sql)
    } finally {
      await sql.end()
    }
  }
  const push = (folder: string) =>
    execute('node_modules/.bin/supabase', [
      'db',
      'push',
      '--workdir',
      folder,
      `--remote=${url}?sslmode=disable`,
      '--yes',
    ])
  return { ask, push }
}

const signUp = (sql: postgres.ISql, email: string, name?: string) =>
  sql<{ id: string }[]>`
    insert into auth.users (id, email, raw_user_meta_data)
    values (gen_random_uuid(), ${email}, ${sql.json(name === undefined ? {} : { display_name: name })})
    returning id`.then(([row]) => row?.id ?? '')

/** All that a migration could change: relations with columns and grants, functions, policies, triggers, the history. */
const readCatalogue = (sql: postgres.Sql) =>
  sql`
    select 'schema' as kind, nspname::text as name, nspacl::text as definition from pg_namespace where nspname !~ '^pg_'
    union all select 'extension', extname, extnamespace::regnamespace::text from pg_extension
    union all select 'relation', oid::regclass::text, concat_ws(' ', relkind, relacl, relrowsecurity, relowner::regrole)
      from pg_class where relnamespace::regnamespace::text !~ '^pg_'
    union all select 'column', attrelid::regclass || '.' || attname, concat_ws(' ', atttypid::regtype, attnotnull, attacl)
      from pg_attribute join pg_class on pg_class.oid = attrelid
      where relnamespace::regnamespace::text !~ '^pg_' and attnum > 0
    union all select 'function', oid::regprocedure::text, concat_ws(' ', md5(prosrc), proacl, prosecdef, proconfig)
      from pg_proc where pronamespace::regnamespace::text !~ '^pg_'
    union all select 'type', oid::regtype::text, typacl::text from pg_type where typnamespace::regnamespace::text !~ '^pg_'
    union all select 'constraint', conname, pg_get_constraintdef(oid) from pg_constraint
    union all select 'policy', polname, polrelid::regclass::text from pg_policy
    union all select 'trigger', tgname, pg_get_triggerdef(oid) from pg_trigger
    union all select 'default grant', oid::text, defaclacl::text from pg_default_acl
    union all select 'comment', classoid::regclass || ' ' || objoid, description from pg_description
      where classoid::regclass::text in ('pg_class', 'pg_proc', 'pg_namespace')
    union all select 'migration', version, name from supabase_migrations.schema_migrations
    union all select 'profile', id::text, nickname from public.profiles
    order by 1, 2, 3`.then((rows) =>
    rows.map(({ kind, name, definition }) => `${kind} ${name}: ${definition}`),
  )

test('a fresh project takes everything; a second push finds it up to date', async () => {
  const folder = makeFolder()
  expect((await tertulia(['init'], { cwd: folder })).code).toBe(0)
  const { ask, push } = await createProject()
  const first = await push(folder)
  expect(first, first.err).toMatchObject({ code: 0 })
  const versions = await ask(
    (sql) => sql`select version from supabase_migrations.schema_migrations order by 1`,
  )
  expect(versions.map(({ version }) => version)).toEqual(
    readdirSync(join(folder, 'supabase/migrations'))
      .sort()
      .map((file) => file.split('_')[0]),
  )
  const second = await push(folder)
  expect(second.code).toBe(0)
  expect(second.out + second.err).toContain('Remote database is up to date')
})

test('the stack starts from a folder that was empty before init', async () => {
  const folder = makeFolder()
  await tertulia(['init'], { cwd: folder })
  await using stack = await startStack({ workdir: folder })
  const said = await tertulia(['doctor', '--url', stack.apiUrl, '--key', stack.publishableKey], {
    cwd: folder,
  })
  expect(said, said.out).toMatchObject({ code: 0 })
})

test('a project that lives already takes ours after its own, and later what an upgrade brings', async () => {
  const folder = makeFolder({
    'supabase/migrations/20300101000000_theirs.sql': 'create table public.invoices (id int primary key);',
  })
  const { ask, push } = await createProject()
  expect((await push(folder)).code).toBe(0)
  const packageDir = copyPackage()
  await tertulia(['init'], { cwd: folder, packageDir })
  const pushed = await push(folder)
  expect(pushed, pushed.err).toMatchObject({ code: 0 })
  expect(await ask((sql) => sql`select public.tertulia_schema_version() as version`)).toEqual([
    { version: schemaVersion },
  ])

  writeFiles(folder, {
    'supabase/migrations/20310101000000_more.sql': 'alter table public.invoices add column total int;',
  })
  writeFiles(packageDir, {
    'supabase/migrations/20310601000000_next.sql': `create or replace function public.tertulia_schema_version() returns integer language sql as 'select ${schemaVersion + 1}';`,
  })
  expect((await push(folder)).code).toBe(0)
  expect((await tertulia(['upgrade'], { cwd: folder, packageDir })).code).toBe(0)
  const again = await push(folder)
  expect(again, again.err).toMatchObject({ code: 0 })
  expect(await ask((sql) => sql`select public.tertulia_schema_version() as version`)).toEqual([
    { version: schemaVersion + 1 },
  ])
})

test('a table of ours that is already there is a clear stop, and nothing changed', async () => {
  const folder = makeFolder({
    'supabase/migrations/20300101000000_theirs.sql':
      "create table public.profiles (id int primary key, nickname text); insert into public.profiles values (1, 'Ana');",
  })
  const { ask, push } = await createProject()
  expect((await push(folder)).code).toBe(0)
  await tertulia(['init'], { cwd: folder })
  const before = await ask(readCatalogue)
  const pushed = await push(folder)
  expect(pushed.code).not.toBe(0)
  expect(pushed.out + pushed.err).toContain(
    'unable to install Tertulia; this database already has public.profiles',
  )
  expect(pushed.out + pushed.err).toContain('TT000')
  expect(await ask(readCatalogue)).toEqual(before)
})

test('people who were there before get a profile, with the name they gave', async () => {
  const { ask, push } = await createProject()
  const ana = await ask((sql) => signUp(sql, 'ana@example.com', 'Ana'))
  const nameless = await ask((sql) => signUp(sql, 'nobody@example.com'))
  const folder = makeFolder()
  await tertulia(['init'], { cwd: folder })
  expect((await push(folder)).code).toBe(0)
  const rows = await ask((sql) => sql`select id, user_id, display_name from public.profiles`)
  expect(rows).toHaveLength(2)
  expect(rows).toContainEqual({ id: ana, user_id: ana, display_name: 'Ana' })
  expect(rows).toContainEqual({ id: nameless, user_id: nameless, display_name: '' })
})

test('a sign-up succeeds when its profile cannot be made', async () => {
  const { ask, push } = await createProject()
  const folder = makeFolder()
  await tertulia(['init'], { cwd: folder })
  expect((await push(folder)).code).toBe(0)
  const breakages = [
    'alter table public.profiles rename to people',
    'drop table public.profiles cascade',
    'alter table public.profiles add column shoe_size int not null',
    'drop function private.create_profile(uuid, text)',
  ]
  for (const breakage of breakages) {
    const undone = ask((sql) =>
      sql.begin(async (tx) => {
        await tx.unsafe(breakage)
        const id = await signUp(tx, 'eva@example.com', 'Eva')
        const found = await tx`select email from auth.users where id = ${id}`
        throw new Error(`${found[0]?.email} signed up`)
      }),
    )
    await expect(undone, breakage).rejects.toThrow('eva@example.com signed up')
  }
})
