import type { ChordProSong } from './types.ts'

/** A song as JSON: as `parseChordPro` reads it, with the metadata as an object. */
export interface ChordProJson extends Omit<ChordProSong, 'metadata'> {
  /** Every metadata directive, by lower-case name, values in the order written. */
  metadata: Record<string, readonly string[]>
}

/**
 * Writes a song as JSON, for programs that do not read ChordPro: `metadata`, `sections` with their lines, segments and chords, `warnings`. The
 * shape is {@link ChordProJson}.
 *
 * @param song - From `parseChordPro`.
 * @param indent - How many blanks to indent by; 0 by default, all in one line.
 * @example
 * ```ts
 * const json = renderJson(parseChordPro(song.content), 2)
 * ```
 */
export function renderJson(song: ChordProSong, indent = 0): string {
  // Object.fromEntries would take "__proto__" for what it is elsewhere.
  const metadata = Object.create(null) as ChordProJson['metadata']
  for (const [name, values] of song.metadata) metadata[name] = values
  return JSON.stringify({ ...song, metadata }, null, indent)
}
