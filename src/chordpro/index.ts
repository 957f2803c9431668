export { type CapoSuggestion, suggestCapo } from './capo.ts'
export { parseChord } from './chord.ts'
export { isChordPro, toChordPro } from './chords-over-words.ts'
export { describeSong, type SongDescription } from './describe.ts'
export { type DetectedKey, detectKeys } from './detect-key.ts'
export { type ChordUse, extractChords, extractLyrics } from './extract.ts'
export { type NumberStyle, numberChords } from './numbers.ts'
export { parseChordPro } from './parse.ts'
export { renderChordPro } from './render-chordpro.ts'
export { renderHtml } from './render-html.ts'
export { type ChordProJson, renderJson } from './render-json.ts'
export { type PrintOptions, renderPrint } from './render-print.ts'
export { renderText } from './render-text.ts'
export { splitSongs } from './split.ts'
export { moveCapo, transpose, transposeTo } from './transpose.ts'
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
