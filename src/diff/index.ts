// What two versions of a song's text have in common: pure, for whoever shows a history or settles a conflict.

export { type DiffLine, type DiffPiece, diffText } from './diff-text.ts'
export { type MergedPart, type MergedText, mergeText } from './merge-text.ts'
