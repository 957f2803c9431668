import postgres from 'postgres'
import { createTertulia, type SongSummary } from 'tertulia'
import { describe, expect, inject, test } from 'vitest'
import { connect, signUp } from '../support/people.ts'

/** A word that marks the songs of one test. */
function unique(): string {
  return `w${crypto.randomUUID().replaceAll('-', '')}`
}

const titles = (songs: SongSummary[]) => songs.map((song) => song.title)

describe('searching', () => {
  test('finds a song by a word of its lyric, without accents or case', async () => {
    const ana = await signUp()
    const mark = unique()
    await ana.tertulia.songs.create({
      content: `{title: Uno ${mark}}\n{meta: language es}\nmi co[Am]razón`,
      visibility: 'public',
    })
    const { songs } = createTertulia(connect())
    for (const word of ['corazon', 'CORAZÓN', 'corazones', 'coraz']) {
      expect(titles((await songs.search(`${mark} ${word}`)).items), word).toEqual([`Uno ${mark}`])
    }
    expect((await songs.search(`${mark} corason`)).items).toEqual([])
    expect((await songs.search(`coraz ${mark}`)).items).toEqual([])
  })

  test.each([
    ['The Who', 'who the'],
    ['Let It Be', 'let it be'],
    ['AC/DC', 'ac dc'],
    ['Sinéad O’Connor', "o'connor sinead"],
    ['Ñandú', 'nandu'],
    ['¿Y tú?', 'y tu'],
    ['Ça ira', 'ca ira'],
    ['愛 歌', '愛'],
    ['I ♥ NY', 'i ♥ ny'],
    ['99 Luftballons', '99 luft'],
    ['<b>Bold</b>', 'bold'],
  ])('%s is found by %j', async (title, query) => {
    const ana = await signUp()
    const mark = unique()
    await ana.tertulia.songs.create({ title, content: mark })
    expect(titles((await ana.tertulia.songs.search(`${mark} ${query}`)).items)).toEqual([title])
  })

  test('ranks the title over the artist over the words', async () => {
    const ana = await signUp()
    const word = unique()
    await ana.tertulia.songs.create({ title: 'In the words', content: `la ${word} la` })
    await ana.tertulia.songs.create({ title: word, content: 'la la la' })
    await ana.tertulia.songs.create({ title: 'By the artist', artist: word, content: 'la la la' })
    expect(titles((await ana.tertulia.songs.search(word)).items)).toEqual([
      word,
      'By the artist',
      'In the words',
    ])
  })

  test.each(['', ' ', '& | ! ( ) : *', "'; drop table songs; --", '\\', '"', '<->', '\u0001'])(
    'a query of %j is answered',
    async (query) => {
      expect((await createTertulia(connect()).songs.search(query)).items).toEqual([])
    },
  )

  test('a query over 200 characters is refused, one of just 200 is not', async () => {
    const { songs } = createTertulia(connect())
    await expect(songs.search('x'.repeat(201))).rejects.toMatchObject({
      code: 'invalid_input',
      field: 'query',
    })
    await expect(songs.search('x'.repeat(10_000))).rejects.toMatchObject({
      code: 'invalid_input',
      field: 'query',
    })
    // Whatever it finds, it is answered.
    await expect(songs.search('x '.repeat(100))).resolves.toHaveProperty('items')
  })
})

describe('walking results', () => {
  test('a search and a list neither skip nor repeat', async () => {
    const ana = await signUp()
    const word = unique()
    await addSongs(ana.id, word, 25)
    const options = { limit: 4 }
    const found: string[] = []
    for await (const song of ana.tertulia.songs.search(word, options)) found.push(song.title)
    const listed: string[] = []
    for await (const song of ana.tertulia.songs.list({ ...options, createdBy: ana.id }))
      listed.push(song.title)
    expect(new Set(found).size).toBe(25)
    expect(found).toHaveLength(25)
    expect(new Set(listed).size).toBe(25)
    expect(listed).toHaveLength(25)
  })

  test('a list of everything has the public ones and one’s own, newest first', async () => {
    const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
    const mine = await ana.tertulia.songs.create({ content: 'mine' })
    const hidden = await ben.tertulia.songs.create({ content: 'hidden' })
    const open = await ben.tertulia.songs.create({ content: 'open', visibility: 'public' })
    const own = await ana.tertulia.songs.create({ content: 'own', visibility: 'public' })
    const seen: SongSummary[] = []
    for await (const song of ana.tertulia.songs.list({ limit: 2 })) {
      seen.push(song)
      if (song.id === mine.id) break
    }
    const wanted = [own.id, open.id, mine.id]
    expect(seen.map(({ id }) => id).filter((id) => wanted.includes(id))).toEqual(wanted)
    expect(seen.map(({ id }) => id)).not.toContain(hidden.id)
    const times = seen.map(({ createdAt }) => createdAt.getTime())
    expect(times).toEqual(times.toSorted((one, other) => other - one))
  })

  test('a song added meanwhile moves nothing', async () => {
    const ana = await signUp()
    await addSongs(ana.id, unique(), 6)
    const first = await ana.tertulia.songs.list({ createdBy: ana.id, limit: 3 })
    await ana.tertulia.songs.create({ content: 'later' })
    const second = await ana.tertulia.songs.list({
      createdBy: ana.id,
      limit: 10,
      cursor: first.nextCursor ?? '',
    })
    expect(new Set(titles([...first.items, ...second.items])).size).toBe(6)
    expect(second.nextCursor).toBeNull()
  })

  test('a cursor made up or of another list is refused', async () => {
    const ana = await signUp()
    const word = unique()
    await addSongs(ana.id, word, 3)
    const { nextCursor } = await ana.tertulia.songs.search(word, { limit: 1 })
    const cursor = nextCursor ?? ''
    const wrong = { code: 'invalid_cursor' }
    await expect(ana.tertulia.songs.search('other', { cursor })).rejects.toMatchObject(wrong)
    await expect(ana.tertulia.songs.search(word, { cursor: 'made-up' })).rejects.toMatchObject(wrong)
    await expect(ana.tertulia.songs.list({ cursor })).rejects.toMatchObject(wrong)
    await expect(ana.tertulia.songs.list({ limit: 201 })).rejects.toMatchObject({
      code: 'invalid_input',
      field: 'limit',
    })
  })
})

/** Adds songs that share a word, many of them at the same instant. */
async function addSongs(owner: string, word: string, count: number): Promise<void> {
  const sql = postgres(inject('stack').dbUrl, { max: 1 })
  await sql`
    insert into public.songs (created_by, content, created_at)
    select ${owner}, ${`{title: Song `} || n || ${`}\n${word}`}, now() - (n / 3) * interval '1 microsecond'
    from generate_series(1, ${count}::integer) as n`
  await sql.end()
}
