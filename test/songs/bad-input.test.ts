import postgres from 'postgres'
import { afterAll, describe, expect, inject, test } from 'vitest'
import { connectAsService, signUp } from '../support/people.ts'
import { openSeed } from './fixtures/against-seed.ts'

const sql = postgres(inject('stack').dbUrl, { max: 1 })
afterAll(() => sql.end())

const forge = (...parts: unknown[]) => btoa(JSON.stringify(parts))
const id = () => crypto.randomUUID()

test('a cursor that is made up, or another list’s, is refused', async () => {
  const { songs } = (await signUp()).tertulia
  const made: string[] = []
  for (const content of ['uno', 'dos']) {
    const song = await songs.create({ content })
    await songs.favorite(song.id)
    made.push(song.id)
  }
  const favorites = (await songs.listFavorites({ limit: 1 })).nextCursor ?? ''
  for (const songId of made) await songs.delete(songId)
  const trash = (await songs.listTrash({ limit: 1 })).nextCursor ?? ''
  for (const [list, own, other] of [
    [songs.listTrash, trash, favorites],
    [songs.listFavorites, favorites, trash],
  ] as const) {
    const [name] = JSON.parse(atob(own))
    const wrong = [
      '',
      'x',
      '%',
      forge(),
      forge(name),
      forge(name, 1, id()),
      forge(name, '2020-01-01', 'x'),
      other,
    ]
    for (const cursor of wrong) {
      await expect(list({ cursor })).rejects.toMatchObject({ code: 'invalid_cursor' })
    }
    for (const time of [
      'no time',
      '2020-13-45',
      '2020-01-01T25:61:00Z',
      '999999999-01-01',
      '12:00',
      '2020-01-01 Nowhere/City',
    ]) {
      await expect(list({ cursor: forge(name, time, id()) })).rejects.toMatchObject({
        code: 'invalid_cursor',
        field: 'cursor',
      })
    }
    // With any time, it is a place in one's own list and nothing more.
    expect((await list({ cursor: forge(name, '2020-01-01', id()) })).items).toEqual([])
  }
})

test('numbers, lists and nulls that no client of ours sends are answered with a code', async () => {
  const ana = await signUp()
  const song = await ana.tertulia.songs.create({ content: '[C]la', visibility: 'public' })
  const calls: [string, Record<string, unknown>][] = [
    ...[0, -1, 52, 2 ** 31 - 1, null].flatMap((page_size): [string, Record<string, unknown>][] => [
      ['similar_songs', { song_id: song.id, page_size }],
      ['recommend_songs', { page_size }],
      ['suggest_song_tags', { page_size }],
    ]),
    ...[0, -1, 202, null].map((page_size): [string, Record<string, unknown>] => [
      'list_trash',
      { page_size },
    ]),
    ['similar_songs', { song_id: null }],
    ['suggest_song_tags', { prefix: 'x'.repeat(81) }],
    ['suggest_song_tags', { prefix: 'x'.repeat(1_000_000) }],
    ['favorite_song', { song_id: null }],
    ['restore_song', { song_id: null }],
    ['purge_song', { song_id: null }],
    ['tag_song', { song_id: null, labels: ['x'] }],
    ['tag_song', { song_id: song.id, labels: null }],
    ['tag_song', { song_id: song.id, labels: [null] }],
    ['tag_song', { song_id: song.id, labels: ['x'.repeat(1_000_000)] }],
    ['tag_song', { song_id: song.id, labels: Array.from({ length: 100_000 }, String) }],
    ['tag_song', { song_id: song.id, labels: ['x'], category: 'x'.repeat(10_000) }],
    ['untag_song', { song_id: song.id, labels: [] }],
    ['import_songs', { songs: 'x' }],
    ['import_songs', { songs: [] }],
    ['import_songs', { songs: Array.from({ length: 9 }, () => ({ content: 'x'.repeat(131_072) })) }],
  ]
  for (const [name, args] of calls) {
    const { error } = await ana.supabase.rpc(name, args)
    expect([name, args, error?.code, JSON.parse(error?.details ?? '{}').code]).toEqual([
      name,
      args,
      'TT000',
      expect.stringMatching(/^(?:invalid_input|song_not_found)$/),
    ])
  }
  // What is nothing to suggest is no mistake.
  for (const args of [{ prefix: null }, { prefix: '%' }, { prefix: '\u0301' }, { category: 'nada' }]) {
    expect((await ana.supabase.rpc('suggest_song_tags', args)).error).toBeNull()
  }
})

test('a purge without an age, or of the future, purges nothing young', async () => {
  const ana = await signUp()
  const { id } = await ana.tertulia.songs.create({ content: 'la' })
  await ana.tertulia.songs.delete(id)
  const service = connectAsService()
  for (const args of [
    { older_than: null },
    { batch_size: null },
    { batch_size: -5, older_than: '0' },
    { batch_size: 0 },
  ]) {
    expect((await service.rpc('purge_trash', args)).error).toBeNull()
  }
  expect((await ana.tertulia.songs.listTrash()).items).toHaveLength(1)
})

test('songs of thousands of chords make those that are like them no slower', async () => {
  const ana = await signUp()
  const roots = ['C', 'C#', 'D', 'Eb', 'E', 'F', 'F#', 'G', 'Ab', 'A', 'Bb', 'B']
  const qualities = [
    '',
    'm',
    '7',
    'm7',
    'maj7',
    'sus4',
    'sus2',
    '6',
    'm6',
    '9',
    'm9',
    'dim',
    'aug',
    'add9',
    '11',
    '13',
  ]
  const all = roots.flatMap((root) =>
    qualities.flatMap((quality) => roots.map((bass) => `[${root}${quality}/${bass}]`)),
  )
  const content = all.join('')
  let target = ''
  for (let n = 0; n < 12; n++)
    target = (await ana.tertulia.songs.create({ content, visibility: 'public' })).id
  const similar = await ana.tertulia.songs.similar(target, { limit: 50 })
  expect(similar.length).toBe(11)
  expect(similar[0]?.chords.length).toBe(100)
  const [plan] = await sql`explain (analyze, format json) select * from public.similar_songs(${target})`
  expect(plan?.['QUERY PLAN'][0]['Execution Time']).toBeLessThan(2_000)
})

describe('what the seed gets wrong', () => {
  const { create, erratum, seedSong } = openSeed()

  const manyWords = Array.from({ length: 200_000 }, (_, n) => `w${n}`).join(' ')

  erratum(
    7,
    'a text that is too long is refused with a word that says so',
    'content_too_long',
    (tx) => create(tx, { content: manyWords }),
    (tx) => seedSong(tx, { lyrics: manyWords }),
  )
})
