import postgres from 'postgres'
import { createTertulia, type SongHit } from 'tertulia'
import { afterAll, describe, expect, inject, test, vi } from 'vitest'
import { connect, signUp } from '../support/people.ts'
import { openSeed } from './fixtures/against-seed.ts'

const sql = postgres(inject('stack').dbUrl, { max: 10 })
afterAll(() => sql.end())
/** A made-up word that no other song has. */
const word = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(12)), (n) => 'bdfgklmnprst'[n % 12]).join('')
const titles = (songs: SongHit[]) => songs.map((song) => song.title).sort()
const stranger = () => createTertulia(connect()).songs

/** The tags that a song is found by, and those that it has. */
async function tagsOf(id: string) {
  const [row] = await sql`
    select
      array(select substr(t, 5) from unnest(s.search_terms) as t where t like 'tag:%' order by 1) as indexed,
      array(select g.tag_name from public.song_tags g where g.song_id = s.id order by 1) as given
    from public.songs s where s.id = ${id}`
  return { indexed: row?.indexed as string[], given: row?.given as string[] }
}

describe('tags as a filter', () => {
  test('any of them or all of them, in any case, with words and other filters, and counted', async () => {
    const ana = await signUp()
    const mark = word()
    const given = { Uno: ['Navidad', 'lento'], Dos: ['NAVIDÁD'], Tres: ['lento', 'fiesta'], Cuatro: [] }
    for (const [title, tags] of Object.entries(given)) {
      const { id } = await ana.tertulia.songs.create({
        title,
        genre: title.slice(0, 1),
        content: `la ${mark}`,
        visibility: 'public',
      })
      if (tags.length > 0) await ana.tertulia.songs.tag(id, tags)
    }
    const found = async (query: string, filters: object) =>
      titles((await stranger().search(query, { filters })).items)
    expect(await found(mark, { anyTags: ['navidad'] })).toEqual(['Dos', 'Uno'])
    expect(await found(mark, { anyTags: [' Navidad ', 'FIESTA'] })).toEqual(['Dos', 'Tres', 'Uno'])
    expect(await found(mark, { allTags: ['navidad', 'Lento'] })).toEqual(['Uno'])
    expect(await found(mark, { anyTags: ['fiesta', 'navidad'], allTags: ['lento'] })).toEqual(['Tres', 'Uno'])
    expect(await found(mark, { anyTags: ['navidad'], genre: ['D'] })).toEqual(['Dos'])
    expect(await found(mark, { allTags: ['nadie'] })).toEqual([])
    expect(await found(mark, { anyTags: ["'", '%', 'tag:lento'] })).toEqual([])
    const { total, exact, tag } = await stranger().facets(mark, { filters: { anyTags: ['lento'] } })
    expect({ total, exact, tag }).toEqual({
      total: 2,
      exact: true,
      tag: [
        { value: 'lento', count: 2 },
        { value: 'fiesta', count: 1 },
        { value: 'navidad', count: 1 },
      ],
    })
  })

  test('without words: every song that has the tag', async () => {
    const ana = await signUp()
    const tag = word()
    const { id } = await ana.tertulia.songs.create({ title: 'Sola', content: 'la', visibility: 'public' })
    await ana.tertulia.songs.tag(id, [tag])
    expect(titles((await stranger().search('', { filters: { allTags: [tag] } })).items)).toEqual(['Sola'])
  })

  test.each([
    [{ anyTags: [] }, 'anyTags'],
    [{ allTags: 'x' }, 'allTags'],
    [{ allTags: Array.from({ length: 101 }, String) }, 'allTags'],
  ])('%j is refused with the field, by hand too', async (filters, field) => {
    await expect(stranger().search('x', { filters: filters as object })).rejects.toMatchObject({
      code: 'invalid_input',
      field: `filters.${field}`,
    })
    const [[, value] = []] = Object.entries(filters)
    const { error } = await connect().rpc('search_songs', {
      query: 'x',
      filters: { [field.replace('T', '_t')]: value as string[] },
    })
    expect(error?.code).toBe('TT000')
  })
})

describe('a song is found by the tags that it has now', () => {
  test('whoever writes them: calls, the text, the service past both', async () => {
    const ana = await signUp()
    const { id } = await ana.tertulia.songs.create({ content: '{tag: uno}\nla' })
    expect(await tagsOf(id)).toEqual({ indexed: ['uno'], given: ['uno'] })
    await ana.tertulia.songs.tag(id, ['dos', 'tres'])
    await ana.tertulia.songs.untag(id, ['dos'])
    expect((await tagsOf(id)).indexed).toEqual(['tres', 'uno'])
    await ana.tertulia.songs.update(id, { content: '{tag: cuatro}\nla', genre: 'x' })
    expect((await tagsOf(id)).indexed).toEqual(['cuatro', 'tres'])

    const other = await ana.tertulia.songs.create({ content: 'la' })
    await sql`update public.song_tags set song_id = ${other.id} where song_id = ${id} and tag_name = 'tres'`
    expect([(await tagsOf(id)).indexed, (await tagsOf(other.id)).indexed]).toEqual([['cuatro'], ['tres']])
    await sql`delete from public.song_tags where song_id in ${sql([id, other.id])}`
    expect([(await tagsOf(id)).indexed, (await tagsOf(other.id)).indexed]).toEqual([[], []])
    // Nobody writes the terms themselves, the service neither.
    await sql`update public.songs set search_terms = '{tag:feo,owner:x}' where id = ${id}`
    const [row] =
      await sql`select search_terms @> array['owner:' || created_by] as is_whole from public.songs where id = ${id}`
    expect([(await tagsOf(id)).indexed, row?.is_whole]).toEqual([[], true])
  })

  test('when many tag, untag and change it at once, in transactions that overlap', async () => {
    const ana = await signUp()
    const { id } = await ana.tertulia.songs.create({ content: 'la' })
    await ana.tertulia.songs.tag(id, ['old0', 'old1', 'old2', 'old3'])
    // Past the calls, which hold the song themselves.
    await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        sql.begin(async (own) => {
          await own`select pg_backend_pid()`
          await own`insert into public.song_tags (song_id, tag_name, label) values (${id}, ${`new${n}`}, ${`new${n}`})`
          if (n < 4) await own`delete from public.song_tags where song_id = ${id} and tag_name = ${`old${n}`}`
          else await own`update public.songs set genre = ${`g${n}`} where id = ${id}`
        }),
      ),
    )
    const { indexed, given } = await tagsOf(id)
    expect(given).toEqual(Array.from({ length: 8 }, (_, n) => `new${n}`))
    expect(indexed).toEqual(given)
  })

  test('who writes past the calls waits for the song before it touches the tag, so nobody waits in a ring', async () => {
    const ana = await signUp()
    const { id } = await ana.tertulia.songs.create({ content: 'la' })
    const add = (own: postgres.TransactionSql) => own`
      insert into public.song_tags (song_id, tag_name, label) values (${id}, 'both', 'both') on conflict do nothing`
    let other: Promise<unknown> | undefined
    await sql.begin(async (own) => {
      await own`select from public.songs where id = ${id} for no key update`
      other = sql.begin(async (second) => {
        await second`set local application_name = 'second'`
        await add(second)
      })
      await vi.waitFor(async () => {
        const waiting = await sql`
          select from pg_stat_activity where application_name = 'second' and wait_event_type = 'Lock'`
        expect(waiting).toHaveLength(1)
      })
      await add(own)
    })
    await other
    expect(await tagsOf(id)).toEqual({ indexed: ['both'], given: ['both'] })
  })
})

describe('what the seed gets wrong', () => {
  const { create, erratum, seedSong, word } = openSeed()

  const [both = '', one = ''] = [word(), word()]

  erratum(
    53,
    'songs are asked for by any of some tags, and by all of them',
    { any: ['both', 'one'], all: ['both'] },
    async (tx) => {
      for (const [title, tags] of Object.entries({ both: [both, one], one: [one], none: [word()] })) {
        const id = await create(tx, { title, content: 'x' })
        await tx`select from public.tag_song(${id}, ${tags})`
      }
      const asked = [both, one]
      const any = await tx`select title from public.song_list_view where tags && ${asked} order by title`
      const all = await tx`select title from public.song_list_view where tags @> ${asked} order by title`
      return { any: any.map((row) => row.title), all: all.map((row) => row.title) }
    },
    async (tx) => {
      for (const [title, tags] of Object.entries({ both: [both, one], one: [one], none: [word()] })) {
        const id = await seedSong(tx, { title })
        await tx`insert into seed.tags (song_id, tag_name) select ${id}, unnest(${tags}::text[])`
      }
      // The seed's filter, whatever one means by it.
      const found =
        await tx`select distinct s.title from seed.list_view s join seed.tags t on t.song_id = s.id
      where t.tag_name = any (${[both, one]}) order by s.title`
      return { any: found.map((row) => row.title), all: found.map((row) => row.title) }
    },
  )
})
