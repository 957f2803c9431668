import type { Chord } from '../chordpro/types.ts'

/** How a chord lies on strings. */
export interface FretShape {
  /** A fret for each string, the one drawn on the left first: 0 is open, null is not played. */
  frets: (number | null)[]
  /** A finger for each string, 1 to 4; 0 is none. Absent where they are not known. */
  fingers?: number[] | undefined
}

/** How a diagram is drawn. */
export interface DiagramOptions {
  /** The number of the shape, from 0, by default 0; the last one where there are fewer. */
  shape?: number | undefined
  /** Strings in mirror order. A keyboard stays. */
  leftHanded?: boolean | undefined
  /** The text over the diagram, by default the chord as written; empty for none. */
  title?: string | undefined
}

/** What a `{define}` of a song says about a chord. */
export interface Definition {
  name: string
  /** Its frets and fingers. */
  shape?: FretShape | undefined
  /** Semitones over the root. */
  keys?: number[] | undefined
}

/** An instrument that diagrams can be drawn for: `guitar`, `ukulele`, `piano`. */
export interface Instrument {
  name: string
  /**
   * Draws a chord as SVG. Call `drawChord` or `drawChords` instead, which read the chord for you.
   *
   * @param chord - From `parseChord`.
   * @param options - Shape, mirror and title.
   * @param defined - What a `{define}` of the song says about it.
   * @returns Null where no shape is known.
   * @example
   * ```ts
   * import { parseChord } from 'tertulia/chordpro'
   * import { guitar } from 'tertulia/diagrams/guitar'
   *
   * const svg = guitar.draw(parseChord('C'), {})
   * ```
   */
  draw(chord: Chord, options: DiagramOptions, defined?: Definition): string | null
}
