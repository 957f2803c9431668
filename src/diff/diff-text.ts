import { compare, splitLines } from './lines.ts'

/** A piece of a changed line: a chord with its brackets, or words between two chords. */
export interface DiffPiece {
  kind: 'same' | 'added' | 'removed'
  text: string
  /** Whether `text` is a chord in brackets. */
  isChord: boolean
}

/** A line of either text, without its line ending. */
export type DiffLine =
  | { kind: 'same' | 'added' | 'removed'; text: string }
  /** A line with changed chords or words. */
  | {
      kind: 'changed'
      /** The line before. */
      before: string
      /** The line after. */
      after: string
      /** The chords and words of both lines, in order. */
      pieces: DiffPiece[]
    }

const toPieces = (line: string) => line.match(/\[[^[\]]*\]|[^[\s]+|\s+|\[/g) ?? []
const wordsOf = (line: string) => line.replace(/\[[^[\]]*\]/g, '').trim()

/**
 * Compares two texts line by line, and each changed line chord by chord and word by word. Line endings (CR LF, CR, LF) are equal.
 *
 * @param before - The earlier text.
 * @param after - The later text.
 * @returns The lines of both texts in order.
 * @example
 * ```ts
 * const [line] = diffText('[Am]la la', '[C]la la')
 * // { kind: 'changed', pieces: [{ kind: 'removed', text: '[Am]', isChord: true }, { kind: 'added', text: '[C]', … }, …] }
 * ```
 */
export function diffText(before: string, after: string): DiffLine[] {
  const one = splitLines(before)
  const other = splitLines(after)
  return compare(one, other).flatMap(({ same, a, aEnd, b, bEnd }): DiffLine[] => {
    const removed = one.slice(a, aEnd)
    const added = other.slice(b, bEnd)
    if (same) return added.map((text) => ({ kind: 'same', text }))
    return pairUp(removed, added)
  })
}

/** Lines of the same words are one line with other chords; where as many were removed as added, they are paired in order. */
function pairUp(removed: string[], added: string[]): DiffLine[] {
  if (removed.length === added.length) return removed.map((line, at) => toChanged(line, added[at]!))
  return compare(removed.map(wordsOf), added.map(wordsOf)).flatMap(
    ({ same, a, aEnd, b, bEnd }): DiffLine[] => {
      const went = removed.slice(a, aEnd)
      const came = added.slice(b, bEnd)
      if (same || went.length === came.length) return went.map((line, at) => toChanged(line, came[at]!))
      return [
        ...went.map((text) => ({ kind: 'removed' as const, text })),
        ...came.map((text) => ({ kind: 'added' as const, text })),
      ]
    },
  )
}

function toChanged(before: string, after: string): DiffLine {
  if (before === after) return { kind: 'same', text: after }
  const one = toPieces(before)
  const other = toPieces(after)
  const piece = (kind: DiffPiece['kind']) => (text: string) => ({
    kind,
    text,
    isChord: /^\[.*\]$/.test(text),
  })
  const pieces = compare(one, other).flatMap(({ same, a, aEnd, b, bEnd }) =>
    same
      ? other.slice(b, bEnd).map(piece('same'))
      : [...one.slice(a, aEnd).map(piece('removed')), ...other.slice(b, bEnd).map(piece('added'))],
  )
  return { kind: 'changed', before, after, pieces }
}
