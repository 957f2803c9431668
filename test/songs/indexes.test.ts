import { readdirSync, readFileSync } from 'node:fs'
import postgres from 'postgres'
import { afterAll, describe, expect, inject, test } from 'vitest'
import { openSeed } from './fixtures/against-seed.ts'

const sql = postgres(inject('stack').dbUrl, { max: 1, onnotice: () => {} })
const admin = postgres(inject('stack').adminDbUrl, { max: 1, onnotice: () => {} })
afterAll(() => Promise.all([sql.end(), admin.end()]))

const id = crypto.randomUUID()
const time = '2026-01-01'

/** Each index beside the query that needs it, as the functions ask: read in its order, without a sort. */
const needs: [what: string, index: string, query: string][] = [
  [
    'a page of somebody’s songs',
    'songs_created_by_created_at_id_idx',
    `select id from public.songs where created_by = '${id}' and (created_at, id) < ('${time}', '${id}')
      order by created_at desc, id desc limit 50`,
  ],
  [
    'a page of what is public',
    'songs_visibility_created_at_id_idx',
    `select id from public.songs where visibility = 'public' and deleted_at is null
      and (created_at, id) < ('${time}', '${id}') order by created_at desc, id desc limit 50`,
  ],
  [
    'a page of somebody’s favourites',
    'song_favorites_user_id_created_at_song_id_idx',
    `select song_id from public.song_favorites where user_id = '${id}' and (created_at, song_id) < ('${time}', '${id}')
      order by created_at desc, song_id desc limit 50`,
  ],
  [
    'what was liked of late',
    'song_favorites_created_at_idx',
    'select song_id from public.song_favorites order by created_at desc limit 3000',
  ],
  [
    'who has a song as a favourite',
    'song_favorites_song_id_idx',
    `delete from public.song_favorites where song_id = '${id}'`,
  ],
  [
    'a page of somebody’s trash',
    'songs_trash_idx',
    `select id from public.songs where created_by = '${id}' and deleted_at is not null
      and (deleted_at, id) < ('${time}', '${id}') order by deleted_at desc, id desc limit 50`,
  ],
  [
    'what has been in the trash for long',
    'songs_deleted_at_idx',
    `select id from public.songs where deleted_at < '${time}' order by deleted_at limit 500`,
  ],
  [
    'the songs next to one with a tag',
    'song_tags_tag_name_song_id_idx',
    `select song_id from public.song_tags where tag_name = 'x' and song_id < '${id}' order by song_id desc limit 50`,
  ],
  [
    'the tags that somebody gave, by their beginning',
    'song_tags_created_by_tag_name_idx',
    `select label from public.song_tags where created_by = '${id}' and tag_name >= 'na' and tag_name < 'nb'
      order by tag_name limit 1000`,
  ],
  [
    'the tags of a category',
    'song_tags_category_id_idx',
    `update public.song_tags set category_id = null where category_id = '${id}'`,
  ],
  [
    'the tags of public songs, by their beginning',
    'tags_sung_key_idx',
    `select name from public.tags where is_sung and key >= 'na' and key < 'nb' order by key limit 60`,
  ],
  [
    'the most used tags',
    'popular_tags_usage_count_idx',
    'select label from public.popular_tags where usage_count > 0 order by usage_count desc limit 60',
  ],
  [
    'the most used tags of a category',
    'popular_tags_category_id_usage_count_idx',
    `select label from public.popular_tags where category_id = '${id}' and usage_count > 0
      order by usage_count desc limit 60`,
  ],
  [
    'the songs next to one with a chord',
    'song_chords_chord_name_song_id_idx',
    `select song_id from public.song_chords where chord_name = 'Am' and song_id > '${id}' order by song_id limit 50`,
  ],
  [
    'the chords of a song',
    'song_chords_pkey',
    `select chord_name, occurrences from public.song_chords where song_id = '${id}'`,
  ],
  [
    'songs of just the same chords',
    'songs_chord_set_idx',
    `select id from public.songs where chord_set = 7 and visibility = 'public' and deleted_at is null
      order by popularity desc, id desc limit 100`,
  ],
  [
    'the songs next to one of a genre',
    'songs_genre_id_idx',
    `select id from public.songs where genre = 'vals' and visibility = 'public' and deleted_at is null and id > '${id}'
      order by id limit 50`,
  ],
  [
    'what is popular',
    'songs_popularity_id_idx',
    `select id from public.songs where visibility = 'public' and deleted_at is null and popularity > 0
      order by popularity desc, id desc limit 200`,
  ],
]

test.each(needs)('%s is read by %s', async (_what, index, query) => {
  let plan = ''
  const rolledBack = new Error('rolled back')
  const planning = admin.begin(async (tx) => {
    // Between a handful of rows the planner draws lots.
    await tx`
      insert into public.popular_tags (tag_name, label, category_id, usage_count)
      select 'indexed ' || n, 'indexed ' || n, (select c.id from public.tag_categories c order by c.id offset n % 5 limit 1), n
      from generate_series(1, 500) n`
    // Songs without what triggers would derive: so many at once are for the superuser.
    await tx`set local session_replication_role = replica`
    await tx`
      insert into public.songs (title, content, visibility, created_by, chord_set, popularity, genre)
      select 'indexed', '', 'public', gen_random_uuid(), n, n, 'genre ' || n from generate_series(1, 2000) n`
    await tx`
      insert into public.song_chords (song_id, chord_name, chord_root, chord_quality, occurrences, chord_position)
      select s.id, 'chord ' || s.chord_set, 'C', '', 1, 1 from public.songs s where s.title = 'indexed'`
    await tx`
      insert into public.song_tags (song_id, tag_name, label, created_by)
      select s.id, 'indexed ' || s.chord_set, 'indexed ' || s.chord_set, s.created_by from public.songs s where s.title = 'indexed'`
    await tx`analyze public.popular_tags, public.songs, public.song_chords, public.song_tags`
    // What is left is what an index can do, however few rows there are.
    await tx`select set_config(name, 'off', true) from unnest('{enable_seqscan,enable_bitmapscan,enable_sort,enable_incremental_sort}'::text[]) as name`
    const [row] = await tx.unsafe(`explain (format json, costs off) ${query}`)
    plan = JSON.stringify(row)
    throw rolledBack
  })
  await expect(planning).rejects.toBe(rolledBack)
  expect(plan).toContain(`"Index Name":"${index}"`)
  expect(plan).not.toContain('"Sort Key"')
})

describe('what the seed gets wrong', () => {
  const { erratum, first } = openSeed()

  erratum(
    1,
    'no index depends on the clock',
    'made',
    async (tx) => {
      const clocks = await tx`select from pg_index i join pg_class c on c.oid = i.indrelid
      where c.relnamespace = 'public'::regnamespace and pg_get_expr(i.indpred, i.indrelid) ~* 'now|current'`
      return clocks.length === 0 && 'made'
    },
    (tx) => tx`create index on seed.songs (deleted_at) where deleted_at > now()`.then(() => 'made'),
  )

  const migrations = readdirSync('supabase/migrations')
    .map((file) => readFileSync(`supabase/migrations/${file}`, 'utf8'))
    .join('\n')

  erratum(
    4,
    'the migrations run in transactions',
    'made',
    async () => !/concurrently/i.test(migrations.replaceAll(/--.*/g, '')) && 'made',
    (tx) =>
      tx.unsafe('create index concurrently seed_words on seed.songs using gin (words)').then(() => 'made'),
  )

  const songTables = "'songs', 'song_tags', 'song_chords', 'song_favorites', 'tag_categories', 'popular_tags'"

  /** Plain indexes whose columns are the first ones of another index of the same rows. */
  const redundant = (schema: string, tables: string) => `
  select count(*)::integer
  from pg_index i
  join pg_class c on c.oid = i.indrelid
  join pg_am m on m.oid = (select relam from pg_class where oid = i.indexrelid)
  where c.relnamespace = '${schema}'::regnamespace and c.relname in (${tables}) and not i.indisunique and m.amname = 'btree'
    and exists (
      select from pg_index o
      where o.indrelid = i.indrelid and o.indexrelid <> i.indexrelid
        and o.indpred::text is not distinct from i.indpred::text
        and o.indkey::text || ' ' like i.indkey::text || ' %'
    )`

  erratum(
    48,
    'no index repeats the beginning of another',
    0,
    (tx) => first(tx.unsafe(redundant('public', songTables))),
    (tx) => first(tx.unsafe(redundant('seed', "'songs', 'tags', 'chords'"))),
  )

  const unindexed = (table: string) => `
  select count(*)::integer
  from pg_constraint k
  where k.conrelid = '${table}'::regclass and k.contype = 'f' and not exists (
    select from pg_index i
    where i.indrelid = k.conrelid and (string_to_array(i.indkey::text, ' ')::int2[])[1] = k.conkey[1]
  )`

  erratum(
    49,
    'who gave a tag is indexed',
    0,
    (tx) => first(tx.unsafe(unindexed('public.song_tags'))),
    (tx) => first(tx.unsafe(unindexed('seed.tags'))),
  )
})
