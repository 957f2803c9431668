import { describe, expect, test } from 'vitest'
import { type Person, signUp } from '../support/people.ts'

/** A made-up word that no other song has. */
const word = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(12)), (n) => 'bdfgklmnprst'[n % 12]).join('')

describe('a private song, to its owner and to whom it is shared with', () => {
  const [title, artist, lyric] = [`${word()} alta`, word(), word()]

  /** The same song each time, of somebody else: what others have of it is as hidden. */
  async function shareSong() {
    const people = (await Promise.all([signUp('Ana'), signUp('Ben')])) as [Person, Person]
    const [ana, ben] = people
    const content = `[C]la [Ebmaj7]la [F#m7b5]${lyric}`
    const { id } = await ana.tertulia.songs.create({ title, artist, genre: lyric, content })
    const share = await ana.tertulia.sharing.share(id, { userId: ben.id, role: 'view' })
    await ben.tertulia.sharing.accept(share.id)
    return { id, people }
  }

  test.each([
    ['its title', title, {}],
    ['its title but for the last letter', title.slice(0, -1), {}],
    ['the start of its title', title.slice(0, 6), {}],
    ['its artist', artist, {}],
    ['a word of it', lyric, {}],
    ['two words that follow each other', `"la ${lyric}"`, {}],
    ['its genre', '', { genre: [lyric] }],
    [
      'the chords that it takes, and its genre',
      '',
      { playable: ['C', 'Ebmaj7'], missing: 1, genre: [lyric] },
    ],
  ])('is found by %s', async (_, query, filters) => {
    const { id, people } = await shareSong()
    for (const { tertulia } of people) {
      const { items } = await tertulia.songs.search(query, { filters })
      expect(items.map((song) => song.id)).toEqual([id])
      expect((await tertulia.songs.search(query, { filters })).nextCursor).toBeNull()
    }
  })

  test('is counted and suggested', async () => {
    const { people } = await shareSong()
    for (const { tertulia } of people) {
      expect((await tertulia.songs.facets(lyric)).total).toBe(1)
      expect(await tertulia.songs.suggest(title.slice(0, 6))).toEqual([{ value: title, kind: 'title' }])
    }
  })

  test('no longer once the share has ended', async () => {
    const [ana, ben] = (await shareSong()).people
    const other = await ana.tertulia.songs.create({ title: `${title} otra`, content: lyric })
    const share = await ana.tertulia.sharing.share(other.id, { userId: ben.id, role: 'view' })
    await ben.tertulia.sharing.accept(share.id)
    expect((await ben.tertulia.songs.search(`${title} otra`)).items[0]?.id).toBe(other.id)
    await ana.tertulia.sharing.revoke(share.id)
    expect((await ben.tertulia.songs.search(`${title} otra`)).items.map((song) => song.id)).not.toContain(
      other.id,
    )
  })
})

test('a slip is looked for in words of three letters and more', async () => {
  const ana = await signUp()
  const genre = word()
  for (const title of ['xq', 'xqj']) {
    await ana.tertulia.songs.create({ title, genre, content: 'la', visibility: 'public' })
  }
  await ana.tertulia.songs.create({
    title: `xq ${genre} larga`,
    genre,
    content: 'la',
    visibility: 'public',
  })
  const found = async (query: string) =>
    (await ana.tertulia.songs.search(query, { filters: { genre: [genre] } })).items.map((song) => song.title)
  expect(await found('xw')).toEqual([])
  expect(await found(`xw ${genre}`)).toEqual([])
  expect(await found('xqw')).toContain('xqj')
})
