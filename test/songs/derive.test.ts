import fc from 'fast-check'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { chordProText } from '../chordpro/arbitrary.ts'
import { openSeed } from './fixtures/against-seed.ts'

const limit = 131_072
const sql = postgres(inject('stack').dbUrl, { max: 1 })
const rolledBack = Symbol('rolled back')
const owner = crypto.randomUUID()

beforeAll(() => sql`insert into auth.users (id, email) values (${owner}, ${`${owner}@example.com`})`)
afterAll(() => sql.end())

/** Saves a song for a moment; answers how long that took, in milliseconds. */
async function save(content: string, language: string | null = null): Promise<number> {
  let ms = 0
  await sql
    .begin(async (tx) => {
      const startedAt = performance.now()
      const [song] = await tx`
        insert into public.songs (created_by, content, language) values (${owner}, ${content}, ${language})
        returning content, title, search_vector is not null as indexed`
      ms = performance.now() - startedAt
      expect(song).toMatchObject({ content, indexed: true })
      throw rolledBack
    })
    .catch((thrown) => {
      if (thrown !== rolledBack) throw thrown
    })
  return ms
}

test('no storable text is refused', async () => {
  await fc.assert(
    fc.asyncProperty(
      chordProText,
      fc.constantFrom('es', 'pt-BR', 'en', 'ja', null),
      async (text, language) => {
        await save(text, language)
      },
    ),
    { numRuns: 300 },
  )
})

const words = (make: (n: number) => string) => {
  const parts: string[] = []
  for (let bytes = 0; ; ) {
    const part = make(parts.length)
    bytes += Buffer.byteLength(part)
    if (bytes > limit) return parts.join('')
    parts.push(part)
  }
}

// The slowest and the largest that we know. Two seconds are the promise for an idle machine; this one may be busy.
test.each([
  ['blank lines', words(() => '\n')],
  ['short lines', words(() => 'a\n')],
  ['broken directives', words(() => '{\n')],
  ['sections', words(() => '{soc}\n')],
  ['transpositions', words(() => '{transpose: 2}\n[A]')],
  ['highlights in one line', words(() => 'la {soh}[C]le{eoh} ')],
  ['comments in one line', words(() => 'la {c: x} ')],
  ['transpositions in one line', words(() => '{transpose: 2}[A]')],
  ['open braces', words(() => '{')],
  ['open directives in one line', words(() => '{c:')],
  ['braces in braces', words(() => '{a{b}')],
  ['lists of chords', words((n) => `[G-${n.toString(36)} A-C]`)],
  ['lower-case chords', words((n) => `[a${' '.repeat(n % 40)}]`)],
  ['values in one directive', `{artist: ${words(() => 'x; ').slice(0, -12)}}`],
  ['metadata', words((n) => `{m${n.toString(36)}:x}\n`)],
  ['chords', words(() => '[A]')],
  [
    'different chords',
    words((n) => `[${'ABCDEFG'[n % 7]}7b5#9/${'ABCDEFG'[(n >> 3) % 7]}${' '.repeat(n % 40)}]`),
  ],
  ['brackets that are no chords', words((n) => `[C${n.toString(36)}]`)],
  ['bars', `{sog}\n${words(() => '|A|B').slice(0, -8)}`],
  ['one word', 'x'.repeat(limit)],
  ['different words', words((n) => `${n.toString(36)}es `)],
  ['compound words', words((n) => `${[...n.toString(36)].join('-')} `)],
  ['ideographs', words((n) => `${String.fromCodePoint(0x4e00 + (n % 20_000))} `)],
  ['rare ideographs', words((n) => `${String.fromCodePoint(0x20000 + n)} `)],
  ['characters that unaccent makes longer', words(() => '½ ㎢ ')],
])('%s at the length limit are saved', async (_name, content) => {
  expect(await save(content, 'es')).toBeLessThan(10_000)
})

describe('what the seed gets wrong', () => {
  const { create, erratum, first, seedSong } = openSeed()

  erratum(
    22,
    'one chord stands at one position',
    2,
    async (tx) => {
      const id = await create(tx, { content: '[C]a [G]b [C]c' })
      return tx`select distinct p.place from public.songs s, jsonb_array_elements(s.chords) as c (chord),
      jsonb_array_elements(c.chord -> 'positions') as p (place) where s.id = ${id} and p.place::integer in (1, 2)`.then(
        (rows) => rows.length,
      )
    },
    async (tx) => {
      const id = await seedSong(tx, {})
      await tx`insert into seed.chords (song_id, chord_name, chord_position) values (${id}, 'C', 1), (${id}, 'G', 1)`
      return first(tx`select count(distinct chord_position)::integer from seed.chords where song_id = ${id}`)
    },
  )

  erratum(
    38,
    'lyrics and chords come from the text, enharmonics being equal',
    { lyrics: 'a b', chords: ['C#'] },
    async (tx) => {
      const id = await create(tx, { content: '[C#]a [Db]b' })
      const [song] =
        await tx`select lyrics, array(select chord_name from public.song_chords where song_id = id) as chords
      from public.songs where id = ${id}`
      return { ...song }
    },
    async (tx) => {
      const id = await seedSong(tx, { content: '[C#]a [Db]b' })
      const [song] =
        await tx`select lyrics, array(select chord_name from seed.chords where song_id = s.id) as chords
      from seed.songs s where id = ${id}`
      return { ...song }
    },
  )

  erratum(
    51,
    'a chord that is played a hundred times is one row',
    1,
    async (tx) => {
      const id = await create(tx, { content: '[C]la '.repeat(100) })
      return first(tx`select count(*)::integer from public.song_chords where song_id = ${id}`)
    },
    async (tx) => {
      const id = await seedSong(tx, {})
      await tx`insert into seed.chords (song_id, chord_name, chord_position) select ${id}, 'C', n from generate_series(1, 100) n`
      return first(tx`select count(*)::integer from seed.chords where song_id = ${id}`)
    },
  )
})
