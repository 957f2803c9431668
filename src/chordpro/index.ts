export { parseChord } from './chord.ts'
export { describeSong, type SongDescription } from './describe.ts'
export { type ChordUse, extractChords, extractLyrics } from './extract.ts'
export { parseChordPro } from './parse.ts'
export { splitSongs } from './split.ts'
export type {
  Chord,
  ChordProSong,
  GridCell,
  Line,
  Section,
  Segment,
  Warning,
  WarningCode,
} from './types.ts'
