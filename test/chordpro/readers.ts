import type { Sql } from 'postgres'
import { describeSong, extractChords, extractLyrics, parseChordPro } from 'tertulia/chordpro'
import { expect } from 'vitest'

/** Columns of songs by the names of the client's description. */
export const columns: Record<string, string> = {
  timeSignature: 'time_signature',
  capo: 'capo_fret',
  durationSeconds: 'duration_seconds',
}

/** What the database reads in a text. */
export async function readInDatabase(sql: Sql, text: string) {
  const [row] = await sql`
    select (r.song).lyrics, (r.song).chords, (r.song).metadata,
      private.describe_chordpro((r.song).metadata, (r.song).german, (r.song).is_lower) as description
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

/** What the client reads in it, in the database's shape. */
export function readOnClient(text: string) {
  const song = parseChordPro(text)
  const described = Object.entries(describeSong(song))
  return {
    lyrics: extractLyrics(song),
    chords: extractChords(song).map((use) => ({ ...use, positions: use.positions.slice(0, 1000) })),
    metadata: Object.fromEntries(song.metadata),
    description: Object.fromEntries(described.map(([name, value]) => [columns[name] ?? name, value])),
  }
}
