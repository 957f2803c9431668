import { describe, expect, test } from 'vitest'
import { signUp } from '../support/people.ts'
import { openSeed } from './fixtures/against-seed.ts'

// One word each, that no other test has.
const word = () => `w${crypto.randomUUID().replaceAll('-', '')}`
const named = (...names: string[]) => Object.fromEntries(names.map((name) => [name, word()]))

test('every directive of the text is kept, known or not, in the order written', async () => {
  const ana = await signUp()
  const content = `{title: Uno}
{sorttitle: Uno, El}
{artist: Ana}
{artist: Luis, el Grande}
{sortartist: Ruiz, Ana}
{composer: C}
{composer: D}
{lyricist: L}
{arranger: R}
{copyright: © 1999 Nadie}
{meta: ccli 12345}
{meta: Composer E}
{libro: Cantoral, p. 7}
la`
  const song = await ana.tertulia.songs.create({ content })
  const kept = {
    title: ['Uno'],
    sorttitle: ['Uno, El'],
    artist: ['Ana', 'Luis, el Grande'],
    sortartist: ['Ruiz, Ana'],
    composer: ['C', 'D', 'E'],
    lyricist: ['L'],
    arranger: ['R'],
    copyright: ['© 1999 Nadie'],
    ccli: ['12345'],
    libro: ['Cantoral, p. 7'],
  }
  expect(song.chordproMetadata).toEqual(kept)
  expect(song.artist).toBe('Ana, Luis, el Grande')
  // A field set by hand takes nothing from what the text says, and a change of the text changes it.
  const renamed = await ana.tertulia.songs.update(song.id, { artist: 'Otra' })
  expect(renamed.chordproMetadata).toEqual(kept)
  const rewritten = await ana.tertulia.songs.update(song.id, { content: '{composer: Z}\nla' })
  expect(rewritten.chordproMetadata).toEqual({ composer: ['Z'] })
})

test('a song is found by each of its artists and by who wrote it, not by what is no name', async () => {
  const ana = await signUp()
  const by = named(
    'title',
    'sorttitle',
    'subtitle',
    'sortartist',
    'composer',
    'sortcomposer',
    'lyricist',
    'arranger',
    'author',
    'letra',
    'música',
    'writers',
    'album',
    'genre',
    'style',
  )
  const other = named('copyright', 'publisher', 'comment')
  const artists = [word(), word(), word()]
  const content = [
    ...Object.entries({ ...by, ...other }).map(([name, value]) => `{${name}: ${value}}`),
    ...artists.map((artist) => `{artist: ${artist}}`),
    'la',
  ].join('\n')
  const { id } = await ana.tertulia.songs.create({ content, visibility: 'public' })
  const finds = async (query: string) => (await ana.tertulia.songs.search(query)).items.map((song) => song.id)
  for (const query of [...Object.values(by), ...artists])
    expect([query, await finds(query)]).toEqual([query, [id]])
  for (const query of Object.values(other)) expect([query, await finds(query)]).toEqual([query, []])

  // Also when the writer names another artist, and when the text is written anew.
  await ana.tertulia.songs.update(id, { artist: 'Ana' })
  for (const artist of artists) expect(await finds(artist)).toEqual([id])
  await ana.tertulia.songs.update(id, { content: 'la', artist: null })
  for (const query of artists) expect(await finds(query)).toEqual([])
})

test('more artists than a field holds are all found', async () => {
  const ana = await signUp()
  const artists = Array.from({ length: 12 }, word)
  const { id, artist } = await ana.tertulia.songs.create({
    content: artists.map((one) => `{artist: ${one}}`).join('\n'),
  })
  expect(artist).toHaveLength(255)
  for (const one of [artists[0], artists.at(-1)]) {
    expect((await ana.tertulia.songs.search(one ?? '')).items.map((song) => song.id)).toEqual([id])
  }
})

describe('what the seed gets wrong', () => {
  const { create, erratum, first, seedSong } = openSeed()

  erratum(
    11,
    'a song may be of 1779',
    1779,
    async (tx) => {
      const id = await create(tx, { content: 'x', year: 1779 })
      return first(tx`select year from public.songs where id = ${id}`)
    },
    (tx) => seedSong(tx, { year: 1779 }),
  )

  erratum(
    39,
    'a song may have several artists',
    ['Ana', 'Los Otros, Cía.'],
    async (tx) => {
      const id = await create(tx, { content: '{artist: Ana}\n{artist: Los Otros, Cía.}' })
      return first(tx`select chordpro_metadata -> 'artist' from public.songs where id = ${id}`)
    },
    async (tx) => {
      const id = await seedSong(tx, { artist: 'Ana, Los Otros, Cía.' })
      return first(tx`select string_to_array(artist, ', ') from seed.songs where id = ${id}`)
    },
  )

  erratum(
    40,
    'a key is a key, and a song without a language is not English',
    [null, 'invalid_input'],
    async (tx) => {
      const id = await create(tx, { content: 'x' })
      const language = await first(tx`select language from public.songs where id = ${id}`)
      return [
        language,
        await tx
          .savepoint((inner) => create(inner, { content: 'x', key: 'mauve' }))
          .catch((error) => JSON.parse(error.detail).code),
      ]
    },
    async (tx) => {
      const id = await seedSong(tx, { key: 'mauve' })
      return [await first(tx`select language from seed.songs where id = ${id}`), id]
    },
  )
})
