import fc from 'fast-check'
import postgres from 'postgres'
import { parseChordPro, renderChordPro, transpose } from 'tertulia/chordpro'
import { afterAll, expect, inject, test } from 'vitest'
import { anyText, chordProText, richText, valueText } from './arbitrary.ts'
import { cases } from './cases.ts'
import { columns, readInDatabase, readOnClient } from './readers.ts'

const sql = postgres(inject('stack').dbUrl, { max: 1 })
afterAll(() => sql.end())

test.each(cases)('$name', async ({ text, lyrics, chords, metadata, description }) => {
  const read = await readInDatabase(sql, text)
  expect(read.lyrics).toBe(lyrics)
  expect(
    Object.fromEntries(
      read.chords.map((chord: { name: string; positions: number[] }) => [chord.name, chord.positions]),
    ),
  ).toEqual(chords)
  expect(read.metadata).toEqual(metadata)
  expect(read.description).toEqual(
    Object.fromEntries(Object.entries(description).map(([name, value]) => [columns[name] ?? name, value])),
  )
})

test('every spelling of a chord reads the same on the client and in the database', async () => {
  const roots =
    'C C# Db D E F F# G A Bb B H Es As Bes Cis Do Re Mi Fa Sol La Si Sib Fa# LA RE- Ré Des A♭ F♯ a h Solo Dó Fá# Lá Sí fis do'
  const qualities =
    'm min - 7 maj7 M7 ma7 Maj9 mi7 MI minor major ° °7 ø ø7 Δ Δ7 Δ9 o o7 + +7 7+ 5+ 7-5 -5 m7-5 m7(b5) 7(#9) 7b9 add9 ' +
    'add2 sus sus2 7sus 2 4 6/9 69 6add9 7/9 /9 m/9 7/4 7M 7M(9) m7M m(maj7) mM7 madd9 alt no3 omit5 79 713 maj13 dim7 ' +
    '^ ^7 ^9 h h7 hdim 0 07 0m moll dur -moll -dur menor mayor maior 7(4/9) 4/7 4/7/9 9/4 4/9 7/9/13 7(b9/13) 7(#9/b13) 7(9/#11) ' +
    "7M(9/#11) sus2/4 sus24 sus4/2 7M/9 7M#11 min/maj7 m/maj7 ♮ ♮m7 m7(9/11) 6+7 m+7 sus7 sus9 sus13 2#5 2(add6) 4add9 m7b59 * ' x4 2x (bis) ² . ! x44 -D -D-G , ,D " +
    'aug7 7aug #5 mmaj j7 /E /F# m/G 7/Bes /Sol /h /x °/E 6/9/E ( | ) // / x oops'
  const texts = roots
    .split(' ')
    .map((root) => ['', ...qualities.split(' ')].map((quality) => `[${root}${quality}]`).join(' '))
  for (const text of texts) expect(await readInDatabase(sql, text)).toEqual(readOnClient(text))
})

test('client and database agree on any text that looks like ChordPro', async () => {
  await fc.assert(
    fc.asyncProperty(chordProText, async (text) => {
      expect(await readInDatabase(sql, text)).toEqual(readOnClient(text))
    }),
    { numRuns: 500 },
  )
})

test('client and database agree on several directives on a line, attributes, splits and odd chord names', async () => {
  await fc.assert(
    fc.asyncProperty(richText, async (text) => {
      expect(await readInDatabase(sql, text)).toEqual(readOnClient(text))
    }),
    { numRuns: 300 },
  )
})

test('client and database agree on metadata as people write them', async () => {
  await fc.assert(
    fc.asyncProperty(valueText, async (text) => {
      expect(await readInDatabase(sql, text)).toEqual(readOnClient(text))
    }),
    { numRuns: 500 },
  )
})

test('what the client renders or transposes, the database reads as the client does', async () => {
  await fc.assert(
    fc.asyncProperty(anyText, fc.integer({ min: -11, max: 11 }), async (text, semitones) => {
      expect(await readInDatabase(sql, renderChordPro(parseChordPro(text)))).toEqual(readOnClient(text))
      const moved = renderChordPro(transpose(parseChordPro(text), semitones))
      expect(await readInDatabase(sql, moved)).toEqual(readOnClient(moved))
    }),
    { numRuns: 200 },
  )
})
