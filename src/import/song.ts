import { parseChord } from '../chordpro/chord.ts'
import { renderChordPro } from '../chordpro/render-chordpro.ts'
import type { Line, Section, Segment } from '../chordpro/types.ts'

/** A chord and the words behind it, up to the next one. */
export interface Piece {
  chord?: string
  text: string
}

export function lyricsLine(pieces: readonly Piece[]): Line {
  const segments = pieces
    .filter(({ chord, text }) => chord !== undefined || text !== '')
    .map(({ chord, text }): Segment => ({ text, ...(chord !== undefined && { chord: parseChord(chord) }) }))
  return segments.length === 0 ? { kind: 'blank' } : { kind: 'lyrics', segments }
}

/** Writes a song that was read from another format; metadata without a value is left out. */
export function writeSong(metadata: readonly (readonly [string, string])[], sections: Section[]): string {
  const given = new Map<string, string[]>()
  for (const [name, written] of metadata) {
    const value = written.replace(/\s+/g, ' ').trim()
    if (value !== '') given.set(name, [...(given.get(name) ?? []), value])
  }
  return renderChordPro({ metadata: given, sections, warnings: [] })
}
