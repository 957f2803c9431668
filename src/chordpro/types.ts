/** A chord as it stands in a song: what was written, and what it means where it was understood. */
export interface Chord {
  /** The text between the brackets, as written: `Cis7`, `Sol`, `IV`. */
  written: string
  /** The canonical name, `{transpose}` applied: `C#7`, `Gsus4/D`; null when the text is no chord we can name. */
  name: string | null
  /** One of C C# D Eb E F F# G Ab A Bb B; null for Nashville, roman numerals, `N.C.` and anything else. */
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
  text: string
  chord?: Chord
  /** `[*text]`: a remark printed where a chord would be. */
  annotation?: string
  /** `[^]`: the chord that stands here in the first section of the same kind. */
  recall?: true
  /** The chord that `[^]` recalls, to be drawn here; absent where there is none. It is no occurrence of its own. */
  recalled?: Chord
}

/** A cell of a grid line or what stands between two cells; the texts of a line together are the line. */
export type GridCell = { text: string; chord?: Chord }

export type Line =
  | { kind: 'lyrics'; segments: Segment[] }
  | { kind: 'comment'; style: 'plain' | 'italic' | 'box'; segments: Segment[] }
  | { kind: 'grid'; cells: GridCell[] }
  /** A line of a tab, abc, ly, svg, strum or textblock section: nothing in it is a chord or a lyric. */
  | { kind: 'verbatim'; text: string }
  /** `{chorus}`: sing the chorus again. */
  | { kind: 'recall'; label?: string }
  /** A directive that is neither metadata nor structure: `{define}`, `{transpose}`, `{column_break}` … */
  | { kind: 'directive'; name: string; value: string }
  | { kind: 'blank' }

/** Lines that belong together. `kind` is the word after `start_of_`, or `plain` for lines outside any section. */
export type Section = { kind: string; label?: string; lines: Line[] }

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

/** Something that was read differently from what its writer may have meant. */
export interface Warning {
  code: WarningCode
  message: string
  /** Line in the text given, from 1. */
  line: number
  /** Column in that line in UTF-16 units, from 1. */
  column: number
}

/** One song, read. */
export interface ChordProSong {
  /** Every metadata directive and `{meta}`, by lower-case name, values in the order written. */
  metadata: ReadonlyMap<string, readonly string[]>
  sections: Section[]
  warnings: Warning[]
}
