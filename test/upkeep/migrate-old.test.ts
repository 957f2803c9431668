import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { createClient } from '@supabase/supabase-js'
import postgres, { type TransactionSql } from 'postgres'
import { afterAll, expect, onTestFinished, test, vi } from 'vitest'
import { fillOldTables, oldTables } from '../../bench/old-catalogue.ts'
import type { Stack } from '../../local/src/index.ts'
import { tertulia } from '../support/cli.ts'
import { startFreshStack } from '../support/fresh-stack.ts'

const preparation = readFileSync('supabase/old-schema.sql', 'utf8')

/** Runs a script as psql does. */
async function execute(url: string, script: string) {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    await sql.unsafe(script).simple()
  } finally {
    await sql.end()
  }
}

/** A project with the older tables in it, filled by the test. */
async function openOldProject(fill: (sql: postgres.Sql) => Promise<unknown>) {
  const stack = await startFreshStack()
  const sql = postgres(stack.dbUrl, { max: 4, onnotice: () => {} })
  onTestFinished(async () => {
    await sql.end()
    await stack.stop()
  })
  await execute(stack.dbUrl, oldTables)
  const alone = postgres(stack.dbUrl, { max: 1, onnotice: () => {} })
  await fill(alone)
  await alone.end()
  await execute(stack.dbUrl, preparation)
  await untilCallable(stack)
  return { stack, sql, migrate: () => migrate(stack) }
}

/** The API knows a new function once it has read the schema again. */
async function untilCallable(stack: Stack) {
  const visitor = createClient(stack.apiUrl, stack.publishableKey)
  await vi.waitFor(async () => {
    expect((await visitor.rpc('migrate_old', { stage: 'report' })).error?.code).not.toBe('PGRST202')
  })
}

const migrate = (stack: Stack) =>
  tertulia(['migrate-old'], { env: { SUPABASE_URL: stack.apiUrl, SUPABASE_SECRET_KEY: stack.secretKey } })

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

const addUser = (sql: postgres.Sql, n: number, email: string | null, name: string | null = `Person ${n}`) =>
  sql`insert into old.users (id, email, display_name) values (${id(n)}, ${email}, ${name})`
const addSong = (sql: postgres.Sql, n: number, owner: number, fields: Record<string, unknown> = {}) =>
  sql`insert into old.songs ${sql({ id: id(n), title: `Song ${n}`, content: '[C]la', created_by: id(owner), ...fields } as Record<string, string>)}`

test('people, songs, tags and favourites come over, and a second run changes nothing', async () => {
  const { stack, sql, migrate } = await openOldProject(async (sql) => {
    await addUser(sql, 1, 'Ana@Example.com', 'Ana')
    await addUser(sql, 2, 'ben@example.com', 'ben@example.com')
    await addSong(sql, 10, 1, {
      title: '  La Bamba ',
      artist: 'Los Lobos',
      album: 'Álbum',
      content: '{key: C}\n[C]Para bailar',
      lyrics: 'viejas',
      key: 'A minor',
      tempo: 150,
      time_signature: '4 / 4',
      genre: 'folk',
      year: 1987,
      duration_seconds: 170,
      difficulty_level: 2,
      visibility: 'public',
      source_url: 'https://example.com/1',
      created_at: '2019-05-01T10:00:00Z',
      updated_at: '2020-05-01T10:00:00Z',
    })
    await addSong(sql, 11, 1, {
      key: 'H-moll',
      tempo: 999,
      capo_fret: 0,
      duration_seconds: 0,
      visibility: null,
      deleted_at: '2026-11-01',
    })
    await addSong(sql, 12, 2, { content: ' ', lyrics: 'sólo letra', capo_fret: 3 })
    await sql`insert into old.song_tags (song_id, tag_name, tag_type, created_by) values (${id(10)}, 'Fogata', 'user', ${id(2)}),
      (${id(10)}, ' FOGATA ', 'auto', null), (${id(10)}, 'años 80', 'auto', null), (${id(10)}, '  ', 'user', null)`
    await sql`insert into old.song_favorites (song_id, user_id, created_at) values (${id(10)}, ${id(2)}, '2021-01-01')`
    await sql`insert into old.song_shares (song_id, shared_with) values (${id(10)}, ${id(2)})`
    await sql`insert into old.tag_categories (name, description) values ('genre', 'theirs'), ('Mi Región', 'x')`
  })
  const first = await migrate()
  expect(first).toMatchObject({ code: 0, err: '' })
  expect(first.out).toContain('people     2 total, 2 linked, 2 accounts')
  expect(first.out).toContain('songs      3 total, 3 moved')
  expect(first.out).toContain('favourites 1 total, 1 moved')
  expect(first.out).toContain('left       1 song shares: not taken over')
  expect(first.out).toContain('compared   3 songs, 0 differ')

  const people = await sql`
    select u.email, u.email_confirmed_at is not null as confirmed, p.display_name
    from auth.users u join public.profiles p on p.id = u.id order by u.email`
  expect(people).toEqual([
    { email: 'ana@example.com', confirmed: true, display_name: 'Ana' },
    { email: 'ben@example.com', confirmed: true, display_name: '' },
  ])
  const [bamba, second, third] =
    await sql`select s.*, u.email from public.songs s join auth.users u on u.id = s.created_by order by s.id`
  expect(bamba).toMatchObject({
    title: 'La Bamba',
    artist: 'Los Lobos',
    album: 'Álbum',
    key: 'Am',
    tempo: 150,
    time_signature: '4/4',
    genre: 'folk',
    year: 1987,
    duration_seconds: 170,
    difficulty_level: 2,
    visibility: 'public',
    source_url: 'https://example.com/1',
    source_type: 'manual',
    language: null,
    lyrics: 'Para bailar',
    email: 'ana@example.com',
    created_at: new Date('2019-05-01T10:00:00Z'),
    version: 2,
  })
  expect(new Date(bamba?.metadata.old.updated_at)).toEqual(new Date('2020-05-01T10:00:00Z'))
  // Derived as for every writer: chords, and what the search finds, album included.
  expect(bamba?.chords[0].name).toBe('C')
  expect(bamba?.header_vector).toContain("'album'")
  expect(second).toMatchObject({
    key: null,
    tempo: null,
    capo_fret: null,
    duration_seconds: null,
    visibility: 'private',
    deleted_at: new Date('2026-11-01'),
  })
  expect(second?.metadata.old).toMatchObject({ key: 'H-moll', tempo: 999, duration_seconds: 0 })
  expect(third).toMatchObject({
    content: 'sólo letra',
    lyrics: 'sólo letra',
    capo_fret: 3,
    email: 'ben@example.com',
  })
  expect(
    await sql`select tag_name, label, tag_type, u.email from public.song_tags t left join auth.users u on u.id = t.created_by order by 1`,
  ).toEqual([
    { tag_name: 'anos 80', label: 'años 80', tag_type: 'system', email: null },
    { tag_name: 'fogata', label: 'Fogata', tag_type: 'user', email: 'ben@example.com' },
  ])
  expect(
    await sql`select f.song_id, u.email, f.created_at from public.song_favorites f join auth.users u on u.id = f.user_id`,
  ).toEqual([{ song_id: id(10), email: 'ben@example.com', created_at: new Date('2021-01-01') }])
  const found = await createClient(stack.apiUrl, stack.publishableKey).rpc('search_songs', {
    query: 'album bamba',
  })
  expect(found.data.songs).toMatchObject([{ id: id(10) }])

  // What people do from now on is theirs: neither a removed favourite nor a purged song comes back.
  await sql`delete from public.song_favorites`
  await sql`delete from public.songs where id = ${id(11)}`
  await sql`update public.songs set title = 'Otra' where id = ${id(12)}`
  const again = await migrate()
  expect(again).toMatchObject({ code: 0, err: '' })
  expect(await sql`select title from public.songs order by id`).toEqual([
    { title: 'La Bamba' },
    { title: 'Otra' },
  ])
  expect(await sql`select from public.song_favorites`).toHaveLength(0)
})

test('an account that is there is used when its address is confirmed, and only then', async () => {
  const { stack, sql, migrate } = await openOldProject(async (sql) => {
    await addUser(sql, 1, 'ANA@example.com')
    await addUser(sql, 2, 'eve@example.com')
    await addUser(sql, 3, 'ana@example.com')
    for (const owner of [1, 2, 3]) await addSong(sql, 10 + owner, owner)
  })
  const [ana, eve] = [crypto.randomUUID(), crypto.randomUUID()]
  await sql`insert into auth.users (id, email, email_confirmed_at, raw_user_meta_data) values
    (${ana}, 'ana@example.com', now(), '{"display_name": "Ana herself"}'), (${eve}, 'eve@example.com', null, '{}')`
  const { code, out } = await migrate()
  expect(code).toBe(1)
  expect(out).toContain(
    `person ${id(2)}: unconfirmed; an account has the address, which nobody has confirmed yet`,
  )
  expect(out).toContain(`song ${id(12)}: waiting; its owner has no account yet`)
  expect(await sql`select id, created_by from public.songs order by id`).toEqual([
    { id: id(11), created_by: ana },
    { id: id(13), created_by: ana },
  ])
  expect(await sql`select display_name from public.profiles where id = ${ana}`).toEqual([
    { display_name: 'Ana herself' },
  ])
  // Once it is confirmed, the same command takes the rest over.
  await sql`update auth.users set email_confirmed_at = now() where id = ${eve}`
  expect((await migrate()).code).toBe(0)
  expect(await sql`select created_by from public.songs where id = ${id(12)}`).toEqual([{ created_by: eve }])
  expect(stack.mails('eve@example.com')).toEqual([])
})

test('whoever has no address, and what is too long, stays behind and is told; nothing else stays', async () => {
  const { sql, migrate } = await openOldProject(async (sql) => {
    await addUser(sql, 1, null)
    await addUser(sql, 2, 'no address at all')
    await addUser(sql, 3, 'ok@example.com')
    await addSong(sql, 11, 1)
    await addSong(sql, 12, 3, { content: 'x'.repeat(131_073) })
    await addSong(sql, 13, 3, { source_url: `https://example.com/${'y'.repeat(20_000)}` })
    await addSong(sql, 14, 3, { content: `{tag: Propia}\n${'la '.repeat(40_000)}` })
  })
  const { code, out } = await migrate()
  expect(code).toBe(1)
  expect(out).toContain(`person ${id(1)}: without email; there is no address to sign in with`)
  expect(out).toContain(`person ${id(2)}: without email;`)
  expect(out).toMatch(
    new RegExp(`song ${id(12)}: refused; unable to create the song; its content has 131073 bytes`),
  )
  expect(out).toContain('songs      4 total, 2 moved, 1 refused, 1 waiting')
  expect(await sql`select id, source_url from public.songs order by id`).toEqual([
    { id: id(13), source_url: null },
    { id: id(14), source_url: null },
  ])
})

test('killed in the middle it goes on; two at once are refused; every song comes once', async () => {
  const { stack, sql, migrate } = await openOldProject((sql) => fillOldTables(sql, 600))
  await sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(hashtextextended('tertulia.migrate_old', 0))`
    expect(await migrate()).toMatchObject({ code: 1, err: expect.stringContaining('another run is at it') })
  })
  const running = spawn(process.execPath, [resolve('src/cli/main.ts'), 'migrate-old'], {
    env: { ...process.env, SUPABASE_URL: stack.apiUrl, SUPABASE_SECRET_KEY: stack.secretKey },
    stdio: 'ignore',
  })
  const ended = once(running, 'exit')
  const songs = async () => (await sql`select from public.songs`).length
  await expect.poll(songs, { timeout: 30_000, interval: 5 }).toBeGreaterThan(0)
  running.kill('SIGKILL')
  expect((await ended)[1]).toBe('SIGKILL')
  expect(await songs()).toBeLessThan(600)
  const finished = await migrate()
  expect(finished).toMatchObject({ code: 0, err: '' })
  expect(finished.out).toContain('songs      600 total, 600 moved')
  const [proof] = await sql`
    select count(*)::int as songs, count(*) filter (where s.content = o.content and s.title = o.title and s.album = o.album and s.key = o.key)::int as same
    from old.songs o join public.songs s on s.id = o.id`
  expect(proof).toEqual({ songs: 600, same: 600 })
  expect((await sql`select from public.song_tags`).length).toBe(1800)
  expect((await sql`select from public.song_favorites`).length).toBe(
    (await sql`select from old.song_favorites`).length,
  )
})

test('a database that is not prepared, and one without the older tables, say what to do', async () => {
  const stack = await startFreshStack()
  const sql = postgres(stack.dbUrl, { max: 1, onnotice: () => {} })
  onTestFinished(async () => {
    await sql.end()
    await stack.stop()
  })
  expect(await migrate(stack)).toMatchObject({
    code: 1,
    err: expect.stringContaining('psql "$DATABASE_URL" -f node_modules/tertulia/supabase/old-schema.sql'),
  })
  await expect(sql.unsafe(preparation).simple()).rejects.toThrow('there is no old.users or no old.songs')
  await sql`rollback`
  await sql.unsafe(oldTables).simple()
  await sql.unsafe(preparation).simple()
  await untilCallable(stack)
  const visitor = createClient(stack.apiUrl, stack.publishableKey)
  expect((await visitor.rpc('migrate_old', { stage: 'report' })).error?.code).toBe('42501')
  // A second time changes nothing, and it leaves nothing behind.
  await sql.unsafe(preparation).simple()
  const [, removal = ''] = /^-- {3}(drop function .*)$/m.exec(preparation) ?? []
  await sql.unsafe(removal).simple()
  expect(await sql`select to_regnamespace('tertulia_old') as schema`).toEqual([{ schema: null }])
})

/** Each erratum asks one question of our way and of the seed's script: ours must answer right, the seed's not. */
const seedBefore = `
  create schema seed;
  create table seed.songs (id serial, title text, artist text, album text, genre text, lyrics text, updated_at timestamptz default now());
  insert into seed.songs (title, album, lyrics) values ('uno', 'balada', 'corazón');`

/** One project for the four. */
const migrated = startMigrated()

async function startMigrated() {
  const stack = await startFreshStack()
  const sql = postgres(stack.dbUrl, { max: 1, onnotice: () => {} })
  await sql.unsafe(oldTables).simple()
  await addUser(sql, 1, 'ana@example.com')
  await addSong(sql, 10, 1, { title: 'uno', album: 'balada', content: 'corazón' })
  await sql`insert into old.tag_categories (name, description) values ('genre', 'theirs')`
  await sql.unsafe(preparation).simple()
  await untilCallable(stack)
  const { code } = await migrate(stack)
  return { stack, sql, code }
}
afterAll(async () => {
  const { stack, sql } = await migrated
  await sql.end()
  await stack.stop()
})

async function erratum(
  right: unknown,
  ours: (sql: postgres.Sql) => Promise<unknown>,
  theirs: (tx: TransactionSql) => Promise<unknown>,
) {
  const { sql, code } = await migrated
  expect(code).toBe(0)
  expect(await ours(sql)).toEqual(right)
  let wrong: unknown
  const undo = new Error('undo')
  await sql
    .begin(async (tx) => {
      await tx.unsafe(seedBefore)
      wrong = await theirs(tx)
      throw undo
    })
    .catch((error) => {
      if (error !== undo) wrong = error.code
    })
  expect(wrong).not.toEqual(right)
}

test('the tables of the new schema have their columns (erratum 42)', () =>
  erratum(
    true,
    async (sql) =>
      (await sql`select from pg_attribute where attrelid = 'public.song_tags'::regclass and attnum > 0`)
        .length > 5,
    async (tx) => {
      await tx`create table if not exists seed.song_analytics ()`
      await tx`create table if not exists seed.song_analytics (song_id integer, view_count integer)`
      return (
        (await tx`select from pg_attribute where attrelid = 'seed.song_analytics'::regclass and attnum > 0`)
          .length > 0
      )
    },
  ))

test('every old song gets a source, and a language only where one is known (erratum 43)', () =>
  erratum(
    [{ source_type: 'manual', language: null }],
    async (sql) => [...(await sql`select source_type, language from public.songs`)],
    async (tx) => {
      await tx`alter table seed.songs add column language text default 'en', add column source_type text`
      await tx`update seed.songs set language = 'en', source_type = 'manual' where language is null`
      return [...(await tx`select source_type, language from seed.songs`)]
    },
  ))

test('old songs are found by their album and their words (erratum 44)', () =>
  erratum(
    { album: 1, words: 1 },
    async (sql) => {
      const find = async (word: string) =>
        (await sql`select from public.songs where search_vector @@ ${word}::tsquery`).length
      return { album: await find('balada'), words: await find('corazon') }
    },
    async (tx) => {
      await tx`alter table seed.songs add column words tsvector`
      await tx`update seed.songs set words = to_tsvector('english', concat_ws(' ', title, artist, genre)) where words is null`
      const find = async (word: string) =>
        (await tx`select from seed.songs where words @@ plainto_tsquery('english', ${word})`).length
      return { album: await find('balada'), words: await find('corazón') }
    },
  ))

test('the categories are there once, however often they are put in (erratum 45)', () =>
  erratum(
    1,
    async (sql) => {
      await sql.unsafe(preparation).simple()
      return (await sql`select from public.tag_categories where name = 'genre'`).length
    },
    async (tx) => {
      await tx`create table seed.tag_categories (name text unique)`
      for (let run = 0; run < 2; run++) await tx`insert into seed.tag_categories (name) values ('genre')`
      return (await tx`select from seed.tag_categories`).length
    },
  ))
