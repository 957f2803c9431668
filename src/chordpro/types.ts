/** A chord of a song: what was written, and what it means if it was understood. */
export interface Chord {
  /** The text between the brackets, as written: `Cis7`, `Sol`, `IV`. */
  written: string
  /** The canonical name, `{transpose}` applied: `C#7`, `Gsus4/D`; null when the text is not a chord that has a name. */
  name: string | null
  /** The root, one of C C# D Eb E F F# G Ab A Bb B; null for Nashville, roman numerals, `N.C.` and anything else. */
  root: string | null
  /** Canonical quality: `''` (major), `m`, `7`, `maj7`, `m7b5`, `sus4`, `69` … */
  quality: string
  /** The bass note, spelled like `root`; null when it is the root. */
  bass: string | null
  /** Semitones by which a `{transpose}` of the text moves it away from what is written; absent where none does. */
  transposed?: number
}

/** A piece of a line: at most one of chord, annotation and recall stands before the text. */
export interface Segment {
  /** The words up to the next piece. */
  text: string
  /** The chord over the text. */
  chord?: Chord
  /** `[*text]`: a remark printed where a chord would be. */
  annotation?: string
  /** `[^]`: the chord that stands here in the first section of the same kind. */
  recall?: true
  /** The chord that `[^]` recalls, to be drawn here; absent where there is none. It is no occurrence of its own. */
  recalled?: Chord
}

/** A cell of a grid line, or the text between two cells. The texts of a line together are the line. */
export type GridCell = {
  /** The text of the cell as written. */
  text: string
  /** The chord of the cell. */
  chord?: Chord
}

/** A line of a section. `kind` says which. */
export type Line =
  | {
      kind: 'lyrics'
      /** The pieces of the line, in order. */
      segments: Segment[]
    }
  | {
      kind: 'comment'
      /** How the comment is printed. */
      style: 'plain' | 'italic' | 'box'
      /** The pieces of the line, in order. */
      segments: Segment[]
    }
  | {
      kind: 'grid'
      /** The cells and what stands between them, in order. */
      cells: GridCell[]
    }
  /** A line of a tab, abc, ly, svg, strum or textblock section, without chords or lyrics. */
  | { kind: 'verbatim'; text: string }
  /** `{chorus}`: sing the chorus again. */
  | { kind: 'recall'; label?: string }
  /** A directive that is neither metadata nor structure: `{define}`, `{transpose}`, `{column_break}` … */
  | { kind: 'directive'; name: string; value: string }
  | { kind: 'blank' }

/** Lines that belong together. `kind` is the word after `start_of_`, or `plain` for lines outside of sections. */
export type Section = {
  kind: string
  /** The label of the section, as written. */
  label?: string
  /** The lines of the section. */
  lines: Line[]
}

/** The subject of a warning. */
export type WarningCode =
  | 'unclosed-directive'
  | 'malformed-directive'
  | 'unknown-directive'
  | 'invalid-value'
  | 'unclosed-chord'
  | 'empty-chord'
  | 'unknown-chord'
  | 'unclosed-section'
  | 'unopened-section'
  | 'more-songs'

/** A part of the text that was read differently from what its writer may have meant. */
export interface Warning {
  /** The subject of the warning. */
  code: WarningCode
  /** An English sentence. */
  message: string
  /** Line in the text given, from 1. */
  line: number
  /** Column in that line in UTF-16 units, from 1. */
  column: number
}

/** One song as `parseChordPro` reads it. */
export interface ChordProSong {
  /** Every metadata directive and `{meta}`, by lower-case name, values in the order written. */
  metadata: ReadonlyMap<string, readonly string[]>
  /** The parts of the song in order. */
  sections: Section[]
  /** The parts of the text that were read in the most likely way. */
  warnings: Warning[]
}
