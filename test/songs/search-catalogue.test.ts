import postgres from 'postgres'
import { createTertulia, type SongHit } from 'tertulia'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { connect, signUp } from '../support/people.ts'

const sql = postgres(inject('stack').dbUrl, { max: 2 })
/** A made-up word that no other song has; letters alone, so that slips and starts of it work as words do. */
const word = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(12)), (n) => 'bdfgklmnprst'[n % 12]).join('')
const titles = (songs: SongHit[]) => songs.map((song) => song.title)
const stranger = () => createTertulia(connect()).songs

describe('what comes first', () => {
  test.each([
    ['The Who', { artist: 'The Who', title: 'Baba' }],
    ['Let It Be', { artist: null, title: 'Let It Be' }],
  ])('%s is first, though other songs have its words and are better liked', async (query, wanted) => {
    const ana = await signUp()
    const { id } = await ana.tertulia.songs.create({ ...wanted, content: 'la', visibility: 'public' })
    const other = await ana.tertulia.songs.create({
      title: `${query} and let who it be the`,
      content: query,
      visibility: 'public',
    })
    await sql`update public.songs set popularity = 50 where id = ${other.id}`
    expect((await stranger().search(query)).items[0]).toMatchObject({ id })
  })

  test('of two that match alike the better liked, and no client sets how well it is liked', async () => {
    const ana = await signUp()
    const mark = word()
    const [first, second] = await Promise.all(
      ['One', 'Two'].map((title) =>
        ana.tertulia.songs.create({ title, content: `x ${mark}`, visibility: 'public' }),
      ),
    )
    await sql`update public.songs set popularity = 3 where id = ${second?.id ?? ''}`
    expect(titles((await stranger().search(mark)).items)).toEqual(['Two', 'One'])
    const { error } = await ana.supabase.rpc('update_song', {
      song_id: first?.id,
      changes: { popularity: 9 },
    })
    expect(error?.message).toContain('popularity cannot be set')
  })
})

describe('words', () => {
  test('a phrase is one, a minus leaves out, a blank at the end makes the last word whole', async () => {
    const ana = await signUp()
    const mark = word()
    for (const content of [`${mark} verde luna llena`, `${mark} luna verde viva`, `${mark} lunas`]) {
      await ana.tertulia.songs.create({ title: content.slice(13), content, visibility: 'public' })
    }
    const found = async (query: string) => titles((await stranger().search(query)).items).sort()
    expect(await found(`${mark} "luna verde"`)).toEqual(['luna verde viva'])
    expect(await found(`"verde luna" ${mark}`)).toEqual(['verde luna llena'])
    expect(await found(`${mark} luna -viva`)).toEqual(['verde luna llena'])
    expect(await found(`-viva`)).toEqual([])
    expect(await found(`"${mark} luna`)).toEqual(['luna verde viva'])
    expect(await found(`${mark} lun `)).toEqual([])
    expect(await found(`${mark} lun`)).toHaveLength(3)
  })

  test.each([
    ['a letter lost', (t: string) => t.slice(0, 3) + t.slice(4)],
    ['a letter more', (t: string) => `${t.slice(0, 5)}z${t.slice(5)}`],
    ['a letter changed', (t: string) => `${t.slice(0, 5)}z${t.slice(6)}`],
    ['two letters moved', (t: string) => `${t.slice(0, 2)}${t[3]}${t[2]}${t.slice(4)}`],
    ['a blank lost', (t: string) => t.replace(' ', '')],
    ['a blank too many', (t: string) => `${t.slice(0, 4)} ${t.slice(4)}`],
  ])('a title is found with %s', async (_slip, change) => {
    const ana = await signUp()
    const title = `${word()} ${word()}`
    await ana.tertulia.songs.create({ title, content: 'la', visibility: 'public' })
    expect(titles((await stranger().search(change(title))).items)[0]).toBe(title)
  })

  test('highlights are ranges of the text as it is written', async () => {
    const ana = await signUp()
    const mark = word()
    await ana.tertulia.songs.create({
      title: `🎸 ${mark.toUpperCase()} Corazón`,
      artist: 'Los Corazones',
      language: 'es',
      content: `uno dos\n<b>tres</b> ${mark} ¡corazón!, ¡corazón!`,
      visibility: 'public',
    })
    const [hit] = (await stranger().search(`${mark} corazones`)).items
    const marked = (text: string, ranges: readonly (readonly [number, number])[]) =>
      ranges.map(([start, end]) => text.slice(start, end))
    expect(marked(hit?.title ?? '', hit?.highlights.title ?? [])).toEqual([mark.toUpperCase(), 'Corazón'])
    expect(marked('Los Corazones', hit?.highlights.artist ?? [])).toEqual(['Corazones'])
    const { text = '', ranges = [] } = hit?.highlights.excerpt ?? {}
    expect(text).toContain('<b>tres</b>')
    expect(marked(text, ranges)).toEqual([mark, 'corazón', 'corazón'])
  })
})

describe('a catalogue of 10,000', () => {
  const mark = word()
  const owner = crypto.randomUUID()

  beforeAll(async () => {
    await sql`insert into auth.users (id, email, aud, role) values (${owner}, ${`${owner}@example.com`}, 'authenticated', 'authenticated')`
    // Written past the SDK: every trigger runs for one in ten, the others are the same songs again.
    await sql`
      insert into public.songs (created_by, title, content, visibility, genre, language, year, tempo, difficulty_level, duration_seconds, popularity)
      select ${owner}, ${`${mark} `} || n, '[' || c.names[1 + n % 5] || ']a [' || c.names[1 + n / 5 % 7] || ']b [' || c.names[1 + n / 35 % 11] || ']c',
        case when n % 10 = 0 then 'private' else 'public' end, 'g' || n % 3, (array['es', 'pt-BR', 'en'])[1 + n % 3], 1950 + n % 70, 60 + n % 100,
        1 + n % 5, 100 + n % 200, (n % 7) / 2.0
      from generate_series(1, 1111) as n
      cross join (select '{C,G,Am,F,Db,C#m7,D/F#,Bb,E7,Hm,Zz}'::text[] as names) as c`
    const admin = postgres(inject('stack').adminDbUrl, { max: 1 })
    await admin`set session_replication_role = replica`
    await admin`
      insert into public.songs
      select again.*
      from public.songs s
      cross join generate_series(2, 10) as n
      cross join lateral jsonb_populate_record(s, jsonb_build_object('id', gen_random_uuid(), 'n', n)) as again
      where s.created_by = ${owner}`
    await admin.end()
  }, 300_000)

  test('cursors walk all of it without a repeat or a gap while others insert', async () => {
    const ben = await signUp()
    const before = await sql`
      select id from public.songs where created_by = ${owner} and visibility = 'public'`
    const seen: string[] = []
    let added = 0
    for await (const { id } of ben.tertulia.songs.search(mark, { limit: 200 })) {
      seen.push(id)
      if (seen.length % 1000 === 0) {
        await sql`insert into public.songs (created_by, title, content, visibility, popularity)
          values (${owner}, ${`${mark} new`}, 'x', 'public', ${(added++ % 7) / 2})`
      }
    }
    await sql`delete from public.songs where created_by = ${owner} and title = ${`${mark} new`}`
    expect(new Set(seen).size).toBe(seen.length)
    const found = new Set(seen)
    expect(before.filter(({ id }) => !found.has(id))).toEqual([])
    expect(before).toHaveLength(10_000)
  }, 180_000)

  test.each([
    [['C', 'G', 'Am', 'F'], 0],
    [['C', 'G', 'Am', 'F', 'C#', 'Dbm7'], 0],
    [['C', 'G'], 1],
    [['Bb', 'D/F#', 'Hm'], 2],
    [['F#m7b5'], 0],
  ])('what can be played with %j, %d missing, is what brute force finds', async (known, missing) => {
    const canonical = known.map((name) => ({ 'C#': 'C#', Dbm7: 'C#m7', Hm: 'Bm' })[name] ?? name)
    const wanted = await sql`
      select s.id from public.songs s where s.created_by = ${owner} and s.visibility = 'public' and s.chords <> '[]'
        -- "Zz" cannot be read: nobody is said to know it.
        and (select count(*) from jsonb_array_elements(s.chords) as c (chord) where chord ->> 'name' <> all (${canonical}))
          + (strpos(s.content, '[Zz]') > 0)::integer <= ${missing}`
    const found: string[] = []
    for await (const { id } of stranger().search(mark, { filters: { playable: known, missing }, limit: 200 }))
      found.push(id)
    expect(found.sort()).toEqual(wanted.map(({ id }) => id).sort())
  })

  test('filters are what brute force finds, and facets count it', async () => {
    const filters = {
      genre: ['g0', 'g1'],
      language: ['pt', 'es'],
      year: [1960, 1979],
      tempo: [null, 100],
      difficulty: [2, 4],
      duration: [100, 250],
      chords: ['C'],
    } as const
    const wanted = await sql`
      select id from public.songs where created_by = ${owner} and visibility = 'public' and genre in ('g0', 'g1')
        and language in ('pt-BR', 'es') and year between 1960 and 1979 and tempo <= 100 and difficulty_level between 2 and 4
        and duration_seconds between 100 and 250 and chords @> '[{"name": "C"}]'`
    const options = {
      filters: { ...filters, genre: [...filters.genre], language: [...filters.language], chords: ['C'] },
    }
    const found: string[] = []
    for await (const { id } of stranger().search(mark, { ...options, limit: 100 })) found.push(id)
    expect(found.sort()).toEqual(wanted.map(({ id }) => id).sort())
    const { total, exact, genre } = await stranger().facets(mark, options)
    expect([total, exact]).toEqual([wanted.length, true])
    expect(genre.reduce((sum, { count }) => sum + count, 0)).toBe(wanted.length)
  })

  test('facets are exact to 10,000 songs and say so beyond', async () => {
    const exact = await stranger().facets(mark)
    expect([exact.total, exact.exact, exact.genre.length]).toEqual([10_000, true, 3])
    await sql`
      insert into public.songs (created_by, title, content, visibility) values (${owner}, ${`${mark} one more`}, 'x', 'public')`
    const { exact: isExact, total } = await stranger().facets(mark)
    expect(isExact).toBe(false)
    expect(Math.abs(total - 10_001)).toBeLessThan(3000)
    await sql`delete from public.songs where title = ${`${mark} one more`}`
  })

  test('and where a part stands for all, each of their counts does', async () => {
    const [row] = await sql`
      select private.scale_counts('{"genre": [{"value": "rock", "count": 30}, {"value": "folk", "count": 3}], "key": []}', 2.5) as counts`
    expect(row?.counts.genre).toEqual([
      { value: 'rock', count: 75 },
      { value: 'folk', count: 8 },
    ])
  })

  test('a private song that is liked best comes first for those who see it, and for nobody else', async () => {
    const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
    const { id } = await ana.tertulia.songs.create({ title: `Entre miles ${mark}`, content: 'la' })
    const share = await ana.tertulia.sharing.share(id, { userId: ben.id, role: 'view' })
    await ben.tertulia.sharing.accept(share.id)
    await sql`update public.songs set popularity = 1e6 where id = ${id}`
    for (const { tertulia } of [ana, ben]) {
      expect((await tertulia.songs.search(mark, { limit: 3 })).items[0]?.id).toBe(id)
    }
    expect(titles((await stranger().search(mark, { limit: 3 })).items)).not.toContain(`Entre miles ${mark}`)
    await ana.tertulia.songs.delete(id)
  })
})

describe('a private song', () => {
  test('shows in nobody else’s results, counts, suggestions or corrections', async () => {
    const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
    const title = word()
    await ana.tertulia.songs.create({ title, artist: `${title} band`, genre: title, content: `[C]${title}` })
    for (const songs of [stranger(), ben.tertulia.songs]) {
      for (const query of [
        title,
        `"${title} band"`,
        title.slice(0, 6),
        `${title.slice(0, 4)}z${title.slice(4)}`,
      ]) {
        expect((await songs.search(query)).items).toEqual([])
      }
      expect((await songs.search('', { filters: { genre: [title] } })).items).toEqual([])
      expect(await songs.facets(title)).toMatchObject({ total: 0, genre: [] })
      expect(await songs.suggest(title.slice(0, 5))).toEqual([])
    }
    expect(await sql`select from private.song_lexicon where word = ${title}`).toHaveLength(0)
    expect((await ana.tertulia.songs.search(title)).items).toHaveLength(1)
    expect((await ana.tertulia.songs.facets(title)).total).toBe(1)
    expect(await ana.tertulia.songs.suggest(title.slice(0, 5))).toEqual([
      { value: title, kind: 'title' },
      { value: `${title} band`, kind: 'artist' },
    ])
  })
})

describe('bad input', () => {
  test.each([
    [{ genre: [] }, 'genre'],
    [{ genre: 'rock' }, 'genre'],
    [{ colour: ['red'] }, 'colour'],
    [{ year: [1990] }, 'year'],
    [{ chords: ['Qx'] }, 'chords'],
    [{ missing: 1 }, 'missing'],
    [{ playable: ['C'], missing: -1 }, 'missing'],
  ])('filters of %j are refused with the field', async (filters, field) => {
    await expect(stranger().search('x', { filters: filters as object })).rejects.toMatchObject({
      code: 'invalid_input',
      field: `filters.${field}`,
    })
    await expect(stranger().facets('x', { filters: filters as object })).rejects.toMatchObject({
      code: 'invalid_input',
      field: `filters.${field}`,
    })
  })

  test.each([
    [{ genre: {} }],
    [{ genre: [1] }],
    [{ year: ['a', 'b'] }],
    [{ year: [1.5, 2] }],
    [{ missing: 'x', playable: ['C'] }],
    [{ "'; drop table songs": ['x'] }],
    ['x'],
    [null],
  ])('filters of %j sent by hand are refused', async (filters) => {
    const { error } = await connect().rpc('search_songs', { query: 'x', filters })
    expect(error?.code).toBe('TT000')
  })

  test('values that no song has find nothing, and quotes in them stay text', async () => {
    expect(
      (await stranger().search('', { filters: { genre: ["'", '"', '{}', '\\', '%s $1'] } })).items,
    ).toEqual([])
    expect((await stranger().facets('', { filters: { key: ['H#'] } })).total).toBe(0)
  })

  test('a cursor of other filters is refused', async () => {
    const ana = await signUp()
    const mark = word()
    for (const n of [1, 2])
      await ana.tertulia.songs.create({ title: `${mark} ${n}`, genre: 'x', content: 'x' })
    const { nextCursor } = await ana.tertulia.songs.search(mark, { filters: { genre: ['x'] }, limit: 1 })
    expect(nextCursor).not.toBeNull()
    await expect(
      ana.tertulia.songs.search(mark, { limit: 1, cursor: nextCursor ?? '' }),
    ).rejects.toMatchObject({ code: 'invalid_cursor' })
  })

  test.each([
    [{ after_tier: 40 }],
    [{ after_tier: 38, after_score: 1, after_popularity: 1, after_id: crypto.randomUUID() }],
    [{ after_tier: -7, after_score: 0, after_popularity: 0, after_id: crypto.randomUUID() }],
    [{ after_tier: 1e6, after_score: 'NaN', after_popularity: 'NaN', after_id: crypto.randomUUID() }],
    [{ after_tier: 20, after_score: -1, after_popularity: '-Infinity', after_id: crypto.randomUUID() }],
    [{ after_tier: 35, after_popularity: 'Infinity', after_score: 'Infinity' }],
  ])('a cursor sent by hand of %j is answered', async (place) => {
    const { error, data } = await connect().rpc('search_songs', {
      query: 'la',
      page_size: 5,
      ...(place as object),
    })
    expect([error, Object.keys(data as object).sort()]).toEqual([null, ['next', 'songs']])
  })

  test('a page size and a kind of cursor that are none are refused, not failed', async () => {
    for (const args of [{ page_size: 0 }, { page_size: 100_000 }, { after_id: 'x' }, { after_tier: 'x' }]) {
      const { error, status } = await connect().rpc('search_songs', { query: 'la', ...(args as object) })
      expect([args, error === null, status < 500]).toEqual([args, false, true])
    }
  })
})
