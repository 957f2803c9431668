import type { Chord } from '../chordpro/types.ts'

/** How a chord lies on strings. */
export interface FretShape {
  /** A fret for each string, the one drawn on the left first: 0 is open, null is not played. */
  frets: (number | null)[]
  /** A finger for each string, 1 to 4; 0 is none. Absent where nobody said which. */
  fingers?: number[]
}

export interface DiagramOptions {
  /** Which of the known shapes, from 0; the last one where there are fewer. */
  shape?: number
  /** Strings in mirror order. A keyboard stays. */
  leftHanded?: boolean
  /** The text over the diagram; the chord as written where it is absent, none where it is empty. */
  title?: string
}

/** What a `{define}` of a song says about a chord. */
export interface Definition {
  name: string
  shape?: FretShape
  /** Semitones over the root. */
  keys?: number[]
}

/** An instrument that diagrams can be drawn for: `guitar`, `ukulele`, `piano`. */
export interface Instrument {
  name: string
  /** The diagram of a chord as SVG; null where no shape is known. */
  draw(chord: Chord, options: DiagramOptions, defined?: Definition): string | null
}
