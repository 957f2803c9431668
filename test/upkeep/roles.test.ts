import { readFileSync } from 'node:fs'
import { createClient } from '@supabase/supabase-js'
import postgres from 'postgres'
import { afterAll, describe, expect, test } from 'vitest'
import { errata } from './against-seed.ts'
import { cleanUp, startOwnStack } from './own-stack.ts'

const { stack, sql, addPeople, addSongs } = await startOwnStack()
const [ana = ''] = await addPeople(1)
await addSongs(ana, 4, { visibility: 'public', content: '{tag: Fogata}\n[C]la' })
await addSongs(ana, 2, { visibility: 'private', content: '{tag: Secreto}\n{tag: Fogata}\n[C]la' })
await addSongs(ana, 1, {}, 3)
await cleanUp(sql)
// The owner of the roles may hand them out, not take them on.
const admin = postgres(stack.adminDbUrl, { max: 1, onnotice: () => {} })
afterAll(() => admin.end())

/** Runs as a role and undoes it; answers the rows, or the SQLSTATE. */
async function as(role: string, query: string): Promise<unknown> {
  let answer: unknown
  const undo = new Error('undo')
  await admin
    .begin(async (tx) => {
      await tx.unsafe(`set local role ${role}`)
      answer = [...(await tx.unsafe(query))]
      throw undo
    })
    .catch((error) => {
      if (error === undo) return
      if (!(error instanceof postgres.PostgresError)) throw error
      answer = error.code
    })
  return answer
}

const views = ['catalogue', 'tags', 'queries', 'tables', 'indexes', 'partitions', 'upkeep', 'failures']

describe('monitoring', () => {
  test('the service reads every view, by the API too; nobody else does', async () => {
    const open = (key: string) => createClient(stack.apiUrl, key, { auth: { persistSession: false } })
    const [service, visitor] = [open(stack.secretKey), open(stack.publishableKey)]
    for (const view of views) {
      expect((await service.from(`monitoring_${view}`).select('*').limit(3)).error, view).toBeNull()
      expect((await visitor.from(`monitoring_${view}`).select('*')).error?.code, view).toBe('42501')
      expect(await as('authenticated', `select * from public.monitoring_${view}`), view).toBe('42501')
      expect(await as('authenticated', `select * from private.monitor_${view}()`), view).toBe('42501')
    }
  })

  test('the catalogue’s figures and the most used tags are what counting finds', async () => {
    const [figures] = await sql`select * from public.monitoring_catalogue`
    expect(figures).toMatchObject({
      total_songs: '6',
      public_songs: '4',
      recent_songs: '6',
      trashed_songs: '1',
      people: '1',
    })
    expect(Number(figures?.avg_age_days)).toBeLessThan(1)
    expect(
      await sql`select tag_name, usage_count::int, unique_songs::int, public_songs::int from public.monitoring_tags`,
    ).toEqual([
      { tag_name: 'fogata', usage_count: 6, unique_songs: 6, public_songs: 4 },
      { tag_name: 'secreto', usage_count: 2, unique_songs: 2, public_songs: 0 },
    ])
  })

  test('tables, indexes and partitions are there with their sizes', async () => {
    const [songs] = await sql`select * from public.monitoring_tables where table_name = 'public.songs'`
    expect(Number(songs?.total_bytes)).toBeGreaterThan(Number(songs?.index_bytes))
    const [index] = await sql`select * from public.monitoring_indexes where index_name = 'public.songs_pkey'`
    expect(index).toMatchObject({ table_name: 'public.songs', is_unique: true, is_valid: true })
    const partitions =
      await sql`select * from public.monitoring_partitions where parent = 'realtime.messages'`
    expect(partitions.length).toBeGreaterThan(2)
    expect(partitions[0]?.bounds).toMatch(/^FOR VALUES FROM/)
  })

  test('slow queries are read wherever the extension is, and its absence is said', async () => {
    const read = () =>
      sql`select query, calls, total_exec_ms, mean_exec_ms from public.monitoring_queries limit 5`.then(
        (rows) => rows.length,
        (error) => [error.code, error.message],
      )
    expect(await read()).toBe(5)
    await admin`create schema "Stat Elsewhere"`
    await admin`alter extension pg_stat_statements set schema "Stat Elsewhere"`
    await admin`grant usage on schema "Stat Elsewhere" to postgres`
    expect(await read()).toBe(5)
    await admin`drop extension pg_stat_statements`
    expect(await read()).toEqual([
      '0A000',
      'unable to list slow queries; the extension pg_stat_statements is not here',
    ])
    await admin`create extension pg_stat_statements with schema extensions`
    expect(await read()).toBeTypeOf('number')
  })
})

describe('the roles for people outside the app', () => {
  const everything = async () =>
    (
      await sql<{ name: string }[]>`
        select format('%I.%I', n.nspname, c.relname) as name
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('public', 'private', 'auth', 'storage', 'realtime') and c.relkind in ('r', 'p', 'v', 'm')`
    ).map(({ name }) => name)
  const functions = async () =>
    (
      await sql<{ name: string }[]>`
        select p.oid::regprocedure::text as name
        from pg_proc p
        where p.pronamespace in ('public'::regnamespace, 'private'::regnamespace, 'auth'::regnamespace)
          and not exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) x where x.grantee = 0)`
    ).map(({ name }) => name)

  test.each([
    [
      'tertulia_reporting',
      [
        'public.monitoring_catalogue',
        'public.popular_tags',
        'public.song_analytics',
        'public.tag_categories',
      ],
    ],
    [
      'tertulia_maintenance',
      [
        'private.maintenance_log',
        'private.maintenance_steps',
        ...['tables', 'indexes', 'partitions', 'upkeep', 'failures'].map(
          (view) => `public.monitoring_${view}`,
        ),
      ],
    ],
  ])('%s reads what it is for and nothing else', async (role, readable) => {
    const read: string[] = []
    for (const name of await everything()) {
      const answer = await as(role, `select * from ${name} limit 1`)
      if (Array.isArray(answer)) read.push(name)
      else expect(answer, name).toBe('42501')
    }
    expect(read.sort()).toEqual([...readable].sort())
    for (const name of read) {
      for (const write of [`delete from ${name} where false`, `insert into ${name} default values`]) {
        expect(['42501', '55000'], `${role}: ${write}`).toContain(await as(role, write))
      }
    }
  })

  test('reporting sees the public tags, row-level security or not, and runs no function', async () => {
    await sql`insert into public.popular_tags (tag_name, label, usage_count) values ('fogata', 'Fogata', 4) on conflict do nothing`
    expect(await as('tertulia_reporting', 'select tag_name from public.popular_tags')).toEqual([
      { tag_name: 'fogata' },
    ])
    expect(await as('tertulia_reporting', 'select public.cleanup_old_data()')).toBe('42501')
  })

  test('maintenance runs the upkeep, and of all other functions those that read sizes alone', async () => {
    const [row] = (await as('tertulia_maintenance', 'select public.cleanup_old_data() as answer')) as {
      answer: object
    }[]
    expect(row?.answer).toMatchObject({ next: null })
    const mine = ['cleanup_old_data(text,text)', 'private.run_maintenance(text,text,interval)']
    const monitors = ['tables', 'indexes', 'partitions', 'upkeep', 'failures'].map(
      (name) => `private.monitor_${name}()`,
    )
    const may = await sql`
      select f.name from unnest(${await functions()}::text[]) as f (name)
      where has_function_privilege('tertulia_maintenance', f.name::regprocedure, 'execute')`
    expect(may.map(({ name }) => name).sort()).toEqual([...mine, ...monitors].sort())
  })

  test('they may not log in, own nothing, and are made once however often', async () => {
    const roles = await sql`
      select r.rolcanlogin, r.rolsuper, r.rolbypassrls, r.rolcreaterole, r.rolcreatedb, r.rolreplication,
        exists (select from pg_shdepend d where d.refobjid = r.oid and d.deptype = 'o') as owns
      from pg_roles r where r.rolname in ('tertulia_reporting', 'tertulia_maintenance')`
    expect(roles).toHaveLength(2)
    for (const role of roles) expect(Object.values(role).some(Boolean)).toBe(false)
    const [block = ''] =
      /do \$\$[\s\S]*?\$\$;/.exec(
        readFileSync('supabase/schemas/00_foundation/30_maintenance.sql', 'utf8'),
      ) ?? []
    expect(block).toContain('create role')
    await sql.unsafe(block)
    await Promise.all([1, 2, 3, 4].map(() => sql.unsafe(block)))
  })
})

describe('what the seed gets wrong', () => {
  const erratum = errata(sql)

  erratum(
    5,
    'slow queries are read by the names that there are',
    'read',
    (tx) =>
      tx`select query, calls, total_exec_ms, mean_exec_ms, rows from public.monitoring_queries where query like '%songs%'`.then(
        () => 'read',
      ),
    (tx) =>
      tx`select query, calls, total_time, mean_time, rows from extensions.pg_stat_statements where query like '%songs%'`.then(
        () => 'read',
      ),
  )
})
