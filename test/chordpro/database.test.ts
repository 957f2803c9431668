import fc from 'fast-check'
import postgres from 'postgres'
import {
  describeSong,
  extractChords,
  extractLyrics,
  parseChordPro,
  renderChordPro,
  transpose,
} from 'tertulia/chordpro'
import { afterAll, expect, inject, test } from 'vitest'
import { chordProText } from './arbitrary.ts'
import { cases } from './cases.ts'

const sql = postgres(inject('stack').dbUrl, { max: 1 })
afterAll(() => sql.end())

/** Columns of songs by the names of the client's description. */
const columns: Record<string, string> = {
  timeSignature: 'time_signature',
  capo: 'capo_fret',
  durationSeconds: 'duration_seconds',
}

async function readInDatabase(text: string) {
  const [row] = await sql`
    select (r.song).lyrics, (r.song).chords, (r.song).metadata,
      private.describe_chordpro((r.song).metadata, (r.song).german) as description
    from (select private.read_chordpro(${text}) as song offset 0) as r`
  return {
    lyrics: row?.lyrics,
    chords: row?.chords.map(({ uses, ...chord }: { uses: number; positions: number[] }) => {
      expect(chord.positions).toHaveLength(Math.min(uses, 1000))
      return chord
    }),
    metadata: row?.metadata,
    description: row?.description,
  }
}

function readOnClient(text: string) {
  const song = parseChordPro(text)
  const described = Object.entries(describeSong(song))
  return {
    lyrics: extractLyrics(song),
    chords: extractChords(song).map((use) => ({ ...use, positions: use.positions.slice(0, 1000) })),
    metadata: Object.fromEntries(song.metadata),
    description: Object.fromEntries(described.map(([name, value]) => [columns[name] ?? name, value])),
  }
}

test.each(cases)('$name', async ({ text, lyrics, chords, metadata, description }) => {
  const read = await readInDatabase(text)
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
    'C C# Db D E F F# G A Bb B H Es As Bes Cis Do Re Mi Fa Sol La Si Sib Fa# LA RE- Ré Des A♭ F♯ a h Solo'
  const qualities =
    'm min - 7 maj7 M7 ma7 Maj9 mi7 MI minor major ° °7 ø ø7 Δ Δ7 Δ9 o o7 + +7 7+ 5+ 7-5 -5 m7-5 m7(b5) 7(#9) 7b9 add9 ' +
    'add2 sus sus2 7sus 2 4 6/9 69 6add9 7/9 /9 m/9 7/4 7M 7M(9) m7M m(maj7) mM7 madd9 alt no3 omit5 79 713 maj13 dim7 ' +
    'aug7 7aug #5 mmaj j7 /E /F# m/G 7/Bes /Sol /h /x °/E 6/9/E ( | ) // / x oops'
  const texts = roots
    .split(' ')
    .map((root) => ['', ...qualities.split(' ')].map((quality) => `[${root}${quality}]`).join(' '))
  for (const text of texts) expect(await readInDatabase(text)).toEqual(readOnClient(text))
})

test('client and database agree on any text that looks like ChordPro', async () => {
  await fc.assert(
    fc.asyncProperty(chordProText, async (text) => {
      expect(await readInDatabase(text)).toEqual(readOnClient(text))
    }),
    { numRuns: 500 },
  )
})

test('what the client renders or transposes, the database reads as the client does', async () => {
  await fc.assert(
    fc.asyncProperty(chordProText, fc.integer({ min: -11, max: 11 }), async (text, semitones) => {
      expect(await readInDatabase(renderChordPro(parseChordPro(text)))).toEqual(readOnClient(text))
      const moved = renderChordPro(transpose(parseChordPro(text), semitones))
      expect(await readInDatabase(moved)).toEqual(readOnClient(moved))
    }),
    { numRuns: 200 },
  )
})
