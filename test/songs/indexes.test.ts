import postgres from 'postgres'
import { afterAll, expect, inject, test } from 'vitest'

const sql = postgres(inject('stack').dbUrl, { max: 1, onnotice: () => {} })
afterAll(() => sql.end())

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
  const planning = sql.begin(async (tx) => {
    // Between a handful of rows the planner draws lots.
    await tx`
      insert into public.popular_tags (tag_name, label, category_id, usage_count)
      select 'indexed ' || n, 'indexed ' || n, (select c.id from public.tag_categories c order by c.id offset n % 5 limit 1), n
      from generate_series(1, 500) n`
    await tx`analyze public.popular_tags`
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
