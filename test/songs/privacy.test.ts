import postgres from 'postgres'
import { createTertulia } from 'tertulia'
import { afterAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { connect, connectAsService, signUp } from '../support/people.ts'
import { readAs } from '../support/readers.ts'

/**
 * Ana has a private song, one that was public and is private again, and one in the trash, each of which shares everything with
 * a public one. Ben, a stranger, asks in every way there is; search has tests of its own.
 */

const sql = postgres(inject('stack').dbUrl, { max: 1 })
afterAll(() => sql.end())

const word = () => `w${crypto.randomUUID().replaceAll('-', '')}`
const chords = '[Ebm7b5]a [G#13]b [F#69]c'
let secret: string
let genre: string
let ana: Awaited<ReturnType<typeof signUp>>
let ben: typeof ana
let shown: string
let hidden: string[]

beforeEach(async () => {
  secret = word()
  genre = word()
  ;[ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const make = async (title: string, visibility: 'public' | 'private', tags: string[]) => {
    const content = `{title: ${title}}\n{artist: ${title}}\n{tag: ${title} del texto}\n${chords}`
    const { id } = await ana.tertulia.songs.create({ content, genre, visibility })
    await ana.tertulia.songs.tag(id, [`${genre} común`, ...tags], { category: 'mood' })
    return id
  }
  shown = await make(`${genre} abierta`, 'public', [])
  const priv = await make(`${secret} uno`, 'private', [`${secret} UNO`])
  const closed = await make(`${secret} dos`, 'private', [`${secret} dos`])
  const deleted = await make(`${secret} tres`, 'private', [`${secret} tres`])
  const reopened = await make(`${genre} cerrada`, 'public', [])
  const trashed = await make(`${genre} borrada`, 'public', [])
  hidden = [priv, closed, deleted, reopened, trashed]
  await ben.tertulia.songs.favorite(reopened)
  await ben.tertulia.songs.favorite(trashed)
  const carla = await signUp('Carla')
  await carla.tertulia.songs.favorite(reopened)
  await ana.tertulia.songs.update(reopened, { visibility: 'private' })
  await ana.tertulia.songs.delete(deleted)
  await ana.tertulia.songs.delete(trashed)
})

const visitor = () => createTertulia(connect())
const ids = (songs: { id: string }[]) => songs.map(({ id }) => id)
const none = (found: string[]) => expect(found.filter((id) => hidden.includes(id))).toEqual([])

describe('a stranger never learns of a private song', () => {
  test('from similar songs, which it neither has nor is among', async () => {
    for (const { songs } of [ben.tertulia, visitor()]) {
      none(ids(await songs.similar(shown, { limit: 50 })))
      for (const id of hidden)
        await expect(songs.similar(id)).rejects.toMatchObject({ code: 'song_not_found' })
    }
    expect(ids(await ana.tertulia.songs.similar(shown, { limit: 50 }))).toContain(hidden[0])
  })

  test('from recommendations, as a song or as the reason of one', async () => {
    const recommended = await ben.tertulia.songs.recommend({ limit: 50 })
    none(ids(recommended))
    none(recommended.flatMap(({ because }) => because?.id ?? []))
    // What he liked is not to be seen any more, so it leads to nothing.
    expect(recommended.filter(({ reason }) => reason === 'favorite')).toEqual([])
  })

  test('from favourites, which answer the same for it as for one that does not exist', async () => {
    expect((await ben.tertulia.songs.listFavorites()).items).toEqual([])
    const failures = await Promise.all(
      [...hidden, crypto.randomUUID()].map((id) => ben.tertulia.songs.favorite(id).catch((error) => error)),
    )
    const told = failures.map(({ code, message, hint }) => ({ code, message, hint }))
    expect(told).toEqual(told.map(() => told.at(-1)))
    expect(told[0]?.code).toBe('song_not_found')
  })

  test('from tags: neither the song’s, nor suggestions, nor how often one is used', async () => {
    for (const { songs } of [ben.tertulia, visitor()]) {
      for (const id of hidden) expect(await songs.listTags(id)).toEqual([])
    }
    expect(await ben.tertulia.songs.suggestTags(secret)).toEqual([])
    expect(await ana.tertulia.songs.suggestTags(secret)).toHaveLength(2)
    expect(await ben.tertulia.songs.suggestTags(`${genre} com`)).toMatchObject([{ uses: 1 }])
    // One's own are counted, the deleted ones are not.
    expect(await ana.tertulia.songs.suggestTags(`${genre} com`)).toMatchObject([{ uses: 4 }])
  })

  test('from the catalogue of tags, where its words stand and nobody sees them', async () => {
    const [{ count } = {}] =
      await sql`select count(*)::integer from public.tags where key like ${`${secret}%`}`
    expect(count).toBeGreaterThan(3)
    for (const person of [ana, ben]) {
      expect(await readAs(person.id, `select name from public.tags where name like '%${secret}%'`)).toEqual(
        [],
      )
      const suggested = await person.supabase.rpc('suggest_tags', { prefix: secret })
      expect(suggested.data).toEqual([])
    }
    for (const { supabase } of [ben, { supabase: connect() }])
      expect((await supabase.from('tags').select().limit(1)).error?.code).toBe('42501')
  })

  test('from a tag that is said in public later, which then has the spelling that was said', async () => {
    const { id } = await ben.tertulia.songs.create({ content: 'la', visibility: 'public' })
    await ben.tertulia.songs.tag(id, [`${secret} uno`])
    const shown = () =>
      readAs(ben.id, `select name from public.tags where name like '${secret}%' order by name`)
    expect(await shown()).toEqual([{ name: `${secret} uno` }])
    await ben.tertulia.profiles.update({ tags: [{ name: `${secret} Dos` }] })
    expect(await shown()).toEqual([{ name: `${secret} Dos` }, { name: `${secret} uno` }])
    expect((await ben.tertulia.profiles.get(ben.id)).tags.map(({ name }) => name)).toEqual([`${secret} Dos`])
  })

  test('from popular tags, which only the service writes', async () => {
    const service = connectAsService()
    const label = `${genre} común`
    const row = { tag_name: label.replace('ú', 'u'), label, usage_count: 9 }
    expect((await ben.supabase.from('popular_tags').insert(row)).error?.code).toBe('42501')
    expect((await service.from('popular_tags').insert(row)).error).toBeNull()
    const { data } = await connect().from('popular_tags').select('label').like('label', `${genre}%`)
    expect(data).toEqual([{ label }])
    expect(await ben.tertulia.songs.suggestTags(`${genre} com`)).toMatchObject([{ label, uses: 9 }])
  })

  test('from the tables and views themselves', async () => {
    const list = hidden.map((id) => `'${id}'`).join()
    for (const [table, key] of [
      ['songs', 'id'],
      ['song_search_view', 'id'],
      ['song_list_view', 'id'],
      ['song_tags', 'song_id'],
      ['song_chords', 'song_id'],
    ] as const) {
      for (const { supabase } of [ben, { supabase: connect() }])
        expect((await supabase.from(table).select(key)).error?.code, table).toBe('42501')
      for (const user of [ben.id, undefined])
        expect(
          await readAs(user, `select ${key} from public.${table} where ${key} in (${list})`),
          table,
        ).toEqual([])
    }
    // His own favourites by id alone: he no longer sees what they are called.
    const favorites = await readAs(
      ben.id,
      'select s.title from public.song_favorites f left join public.songs s on s.id = f.song_id',
    )
    expect(favorites).toEqual([{ title: null }, { title: null }])
  })

  test('from creating one with its id', async () => {
    const failures = await Promise.all(
      hidden.map((id) => ben.tertulia.songs.create({ id, content: 'x' }).catch((error) => error)),
    )
    // That an id is taken can be told, as of any id; what it stands for cannot.
    expect(failures.map(({ code, field }) => `${code} ${field}`)).toEqual(
      hidden.map(() => 'invalid_input id'),
    )
  })
})
