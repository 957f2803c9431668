// Compares and merges two versions of a song's text. Pure.

export { type DiffLine, type DiffPiece, diffText } from './diff-text.ts'
export { type MergedPart, type MergedText, mergeText } from './merge-text.ts'
