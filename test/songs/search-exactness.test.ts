import { createHash } from 'node:crypto'
import postgres from 'postgres'
import { createTertulia, type SongHit } from 'tertulia'
import { afterAll, describe, expect, inject, test } from 'vitest'
import { connect, connectAsService, signUp } from '../support/people.ts'

const sql = postgres(inject('stack').dbUrl, { max: 2 })
afterAll(() => sql.end())
/** A made-up word that no other song has. */
const word = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(12)), (n) => 'bdfgklmnprst'[n % 12]).join('')
const titles = (songs: SongHit[]) => songs.map((song) => song.title)
const visitor = () => createTertulia(connect()).songs

describe('a query that is a line of a song', () => {
  async function publish(songs: { title: string; content: string; popularity?: number }[]) {
    const ana = await signUp()
    for (const { popularity = 0, ...song } of songs) {
      const { id } = await ana.tertulia.songs.create({ ...song, visibility: 'public' })
      await sql`update public.songs set popularity = ${popularity} where id = ${id}`
    }
  }

  test.each([
    ['as it is written', (l: string) => l],
    ['without signs', (l: string) => l.replace(/[',]/g, '')],
    ['with a letter lost', (l: string) => l.replace('alba', 'alb')],
    ['with a letter changed', (l: string) => l.replace('sobre', 'sovre')],
    ['unfinished', (l: string) => l.slice(0, -2)],
  ])('finds that song before better liked ones with the words scattered, %s', async (_, type) => {
    const mark = word()
    const line = `${mark} l'alba viene, sobre el mar`
    await publish([
      { title: 'La línea', content: `nada\n[C]${mark} l'[G]alba viene,\nsobre el [F]mar\notra` },
      { title: 'Revuelta', content: `mar sobre ${mark}\nviene el\nl'alba alb sovre`, popularity: 90 },
    ])
    expect(titles((await visitor().search(type(line))).items)[0]).toBe('La línea')
  })

  test('and pages by cursor neither skip nor repeat', async () => {
    const [one, two, three, four] = [word(), word(), word(), word()]
    const line = `${one} ${two} ${three} ${four}`
    await publish([
      ...[1, 2, 3].map((n) => ({ title: `Línea ${n}`, content: line, popularity: n })),
      ...[1, 2, 3].map((n) => ({
        title: `Suelta ${n}`,
        content: `${four} ${two} ${one} ${three}`,
        popularity: 9,
      })),
      { title: `${four} ${three} ${two} ${one}`, content: 'la' },
    ])
    const found: string[] = []
    for await (const { title } of visitor().search(line, { limit: 2 })) found.push(title)
    expect(found.slice(0, 4)).toEqual(['Línea 3', 'Línea 2', 'Línea 1', `${four} ${three} ${two} ${one}`])
    expect(found.slice(4).sort()).toEqual(['Suelta 1', 'Suelta 2', 'Suelta 3'])
  })
})

describe('filters and facets', () => {
  test('fold case, accents, BCP 47 and enharmonic keys', async () => {
    const ana = await signUp()
    const mark = word()
    const songs = [
      { genre: 'Rock', key: 'C#', language: 'pt-BR', artist: 'Violeta Parra', style: 'Bossa Nova' },
      { genre: 'rock', key: 'Db', language: 'pt', artist: 'VIOLETA PARRA', style: 'bossa nova' },
      { genre: 'Róck', key: 'C#', language: 'pt-PT', artist: 'Violeta  Parra', style: 'bossanova' },
    ]
    for (const [n, song] of songs.entries()) {
      await ana.tertulia.songs.create({ ...song, title: `${mark} ${n}`, content: 'la', visibility: 'public' })
    }
    const count = async (filters: object) => (await visitor().search(mark, { filters })).items.length
    for (const genre of ['rock', 'ROCK', 'Róck']) expect(await count({ genre: [genre] }), genre).toBe(3)
    for (const key of ['C#', 'Db', 'db', 'D♭']) expect(await count({ key: [key] }), key).toBe(3)
    expect(await count({ language: ['PT'] })).toBe(3)
    expect(await count({ language: ['pt-br'] })).toBe(1)
    expect(await count({ language: ['PT-br', 'pt-pt'] })).toBe(2)
    expect(await count({ artist: ['violeta parra'] })).toBe(3)
    expect(await count({ style: ['Bossa-Nova'] })).toBe(3)
    const facets = await visitor().facets(mark)
    expect(facets.genre.map(({ count }) => count)).toEqual([3])
    expect(facets.key).toEqual([{ value: 'C#', count: 3 }])
    expect(facets.style.map(({ count }) => count)).toEqual([3])
    expect(facets.language).toEqual([{ value: 'pt', count: 3 }])
  })

  test('a span open at both ends filters nothing', async () => {
    const ana = await signUp()
    const mark = word()
    await ana.tertulia.songs.create({ title: mark, content: 'la', visibility: 'public' })
    for (const name of ['year', 'tempo', 'duration', 'difficulty']) {
      expect(titles((await visitor().search(mark, { filters: { [name]: [null, null] } })).items)).toEqual([
        mark,
      ])
      expect((await visitor().facets(mark, { filters: { [name]: [null, null] } })).total).toBe(1)
      expect((await visitor().search(mark, { filters: { [name]: [null, 3] } })).items).toEqual([])
    }
  })

  test('an artist of several is found by each', async () => {
    const ana = await signUp()
    const mark = word()
    await ana.tertulia.songs.create({
      content: `{title: ${mark}}\n{artist: Ana Uno}\n{artist: Ben Dos}\nla`,
      visibility: 'public',
    })
    for (const artist of ['ana uno', 'BEN DOS'])
      expect(titles((await visitor().search(mark, { filters: { artist: [artist] } })).items)).toEqual([mark])
    expect((await visitor().search(mark, { filters: { artist: ['ana'] } })).items).toEqual([])
  })

  test('what can be played leaves out songs with a chord that cannot be read, unless one may be missing', async () => {
    const ana = await signUp()
    const genre = word()
    const contents = {
      legible: '[C]la [G]la',
      ilegible: '[C]la [Gxyz9]la',
      secciones: '[Intro] [C]la [N.C.]la [Chorus] [x2] [*Riff] [G]la',
    }
    for (const [title, content] of Object.entries(contents))
      await ana.tertulia.songs.create({ title, genre, content, visibility: 'public' })
    const found = async (more: object) =>
      titles(
        (await visitor().search('', { filters: { genre: [genre], playable: ['C', 'G'], ...more } })).items,
      ).sort()
    expect(await found({})).toEqual(['legible', 'secciones'])
    expect(await found({ missing: 1 })).toEqual(['ilegible', 'legible', 'secciones'])
    const [song] = (await ana.tertulia.songs.search('ilegible', { filters: { genre: [genre] } })).items
    await ana.tertulia.songs.update(song?.id ?? '', { content: '[C]la [G]la' })
    expect(await found({})).toEqual(['ilegible', 'legible', 'secciones'])
  })

  test('of more than 500 shared songs every one is found, walked and counted', async () => {
    const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
    const mark = word()
    await sql`insert into public.songs (created_by, title, content, genre, popularity)
      select ${ana.id}, ${mark} || ' ' || n, '[C]la', ${mark}, n from generate_series(1, 620) n`
    await sql`
      insert into public.shares (target_kind, target_id, kind, shared_by, recipient_id, role, target_created_at, accepted_at)
      select 'song', s.id, 'person', s.created_by, ${ben.id}, 'view', s.created_at, now() from public.songs s where s.created_by = ${ana.id}`
    for (const [query, filters] of [
      [mark, {}],
      ['', { genre: [mark] }],
      ['', { playable: ['C'], genre: [mark] }],
    ] as const) {
      const found = new Set<string>()
      for await (const { title } of ben.tertulia.songs.search(query, {
        filters: filters as object,
        limit: 200,
      }))
        found.add(title)
      expect(found.size, query).toBe(620)
    }
    expect(await ben.tertulia.songs.facets(mark)).toMatchObject({ total: 620, exact: true })
    expect((await visitor().search(mark)).items).toEqual([])
  }, 60_000)
})

describe('a query with words such as "chords"', () => {
  test('keeps its pages when a song comes meanwhile that has all its words', async () => {
    const ana = await signUp()
    const mark = word()
    const create = (title: string) =>
      ana.tertulia.songs.create({ title, content: 'la', visibility: 'public' })
    for (let n = 0; n < 5; n++) await create(`${mark} ${n}`)
    const first = await visitor().search(`${mark} chords`, { limit: 3 })
    await create(`${mark} chords`)
    const cursor = first.nextCursor
    const second = await visitor().search(`${mark} chords`, { limit: 3, cursor })
    const titles = [...first.items, ...second.items].map(({ title }) => title)
    expect(titles).toEqual(expect.arrayContaining([0, 1, 2, 3, 4].map((n) => `${mark} ${n}`)))
  })

  test('is suggested in its other ways for a song that is shared', async () => {
    const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
    const mark = word()
    const { id } = await ana.tertulia.songs.create({ title: `${mark} Part 2`, content: 'la' })
    const share = await ana.tertulia.sharing.share(id, { userId: ben.id, role: 'view' })
    await ben.tertulia.sharing.accept(share.id)
    for (const { tertulia } of [ana, ben])
      expect((await tertulia.songs.suggest(`${mark} part two`)).map(({ value }) => value)).toEqual([
        `${mark} Part 2`,
      ])
  })
})

describe('did you mean', () => {
  test('is told when a typo was undone, and not otherwise', async () => {
    const ana = await signUp()
    const [name, other] = [word(), word()]
    await ana.tertulia.songs.create({
      title: `${name} Corazón`,
      artist: `Los ${other}`,
      content: 'la',
      visibility: 'public',
    })
    const meant = async (query: string, options = {}) => (await visitor().search(query, options)).didYouMean
    expect(await meant(`${name} corazom`)).toBe(`${name} Corazón`)
    expect(await meant(`los ${other.slice(1)}`)).toBe(`Los ${other}`)
    expect(await meant(`${other.slice(0, -2)}x${other.slice(-1)} corazon ${name}`)).toBe(
      `${other} corazon ${name}`,
    )
    expect(await meant(`${name} corazon`)).toBeNull()
    expect(await meant(word())).toBeNull()
    const { error, data } = await connect().rpc('search_songs', { query: `${name} corazon` })
    expect([error, Object.keys(data as object).sort()]).toEqual([null, ['next', 'songs']])
  })

  test('tells nobody of a private song', async () => {
    const ana = await signUp()
    const title = `${word()} ${word()}`
    await ana.tertulia.songs.create({ title, content: 'la' })
    expect((await visitor().search(title.slice(1))).didYouMean).toBeNull()
  })
})

describe('searches without results', () => {
  test('are counted for the service, words of fewer than three people unseen, and nobody named', async () => {
    const [ana, ben, eve] = await Promise.all([signUp('Ana'), signUp('Ben'), signUp('Eve')])
    const [common, rare] = [word(), word()]
    for (const { tertulia } of [ana, ben, eve, eve]) await tertulia.songs.search(`${common.toUpperCase()} `)
    for (let n = 0; n < 4; n++) await ana.tertulia.songs.search(rare)
    await visitor().search(rare)
    await Promise.all([1, 2, 3].map(() => ben.tertulia.songs.search(rare, { filters: { genre: ['x'] } })))
    const { data } = await connectAsService().rpc('list_empty_searches')
    const gaps = data as { words: string | null; searches: number }[]
    expect(gaps.find(({ words }) => words === common)).toMatchObject({ searches: 4 })
    expect(gaps.find(({ words }) => words === rare)).toBeUndefined()
    expect(gaps.find(({ words }) => words === null)?.searches).toBeGreaterThanOrEqual(5)
    const [row] = await sql`select to_jsonb(array_agg(e))::text as all from private.empty_searches e`
    for (const { id, email } of [ana, ben, eve]) {
      expect(row?.all).not.toContain(id)
      expect(row?.all).not.toContain(email)
      // Nor told by whoever has the rows and a list of users.
      for (const hash of ['md5', 'sha256']) {
        const guess = createHash(hash).update(`${id} ${common}`).digest('hex').slice(0, 16)
        expect(row?.all).not.toContain(guess)
      }
    }
    expect((await ana.supabase.rpc('list_empty_searches')).error?.code).toBe('42501')
  })

  test('two at once count both', async () => {
    const ana = await signUp()
    const query = word()
    await Promise.all(Array.from({ length: 8 }, () => ana.tertulia.songs.search(query)))
    const [row] = await sql`select searches::integer from private.empty_searches where words = ${query}`
    expect(row?.searches).toBe(8)
  })
})
