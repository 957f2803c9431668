import { compare, lineEnding, splitLines } from './lines.ts'

/** A part of a merged text. */
export type MergedPart =
  | {
      kind: 'merged'
      text: string
    }
  /** Lines that both sides changed in different ways. */
  | {
      kind: 'conflict'
      /** The lines of the common text. */
      base: string
      /** Your lines. */
      mine: string
      /** The other lines. */
      theirs: string
    }

/** Two changes of one text in one. */
export interface MergedText {
  /** The text with both changes, and with `mine` in conflicts. */
  text: string
  /** How many parts are in conflict. */
  conflicts: number
  /** The whole text in order, for a user who resolves the conflicts. */
  parts: MergedPart[]
}

/**
 * Merges two changes of one text by lines. A line that one side changed is taken from that side. A line that both changed in the same way
 * is taken once. A line that both changed in different ways is a conflict, and `text` has your version of it.
 *
 * Line endings (CR LF, CR, LF) are equal. The result has one kind: the one that `mine` uses most if it differs from `base`, or else the one
 * that `theirs` uses most. A line ending at the end of the text, which one side added or removed, is no conflict either.
 *
 * @param base - The text that both changes began with.
 * @param mine - Your text.
 * @param theirs - The other text.
 * @example
 * ```ts
 * const { text, conflicts } = mergeText('a\nb\nc\n', 'A\nb\nc\n', 'a\nb\nC\n') // 'A\nb\nC\n', 0
 * ```
 */
export function mergeText(base: string, mine: string, theirs: string): MergedText {
  const lines = [splitLines(base), splitLines(mine), splitLines(theirs)] as const
  const [origin, ours, others] = lines
  const anchors = [kept(origin, ours), kept(origin, others)] as const
  const parts: MergedPart[] = []
  const add = (text: string) => {
    const last = parts.at(-1)
    if (text === '') return
    if (last?.kind === 'merged') last.text += text
    else parts.push({ kind: 'merged', text })
  }
  const settle = (o: number, m: number, t: number, oEnd: number, mEnd: number, tEnd: number) => {
    const was = joinLines(origin.slice(o, oEnd))
    const here = joinLines(ours.slice(m, mEnd))
    const there = joinLines(others.slice(t, tEnd))
    const count = oEnd - o
    if (here === there || there === was) add(here)
    else if (here === was) add(there)
    else if (count > 1 && mEnd - m === count && tEnd - t === count) {
      // As many lines in all three: each is the other selves' line, so neighbours do not clash.
      for (let at = 0; at < count; at++) settle(o + at, m + at, t + at, o + at + 1, m + at + 1, t + at + 1)
    } else {
      const last = parts.at(-1)
      if (last?.kind === 'conflict') {
        last.base += was
        last.mine += here
        last.theirs += there
      } else parts.push({ kind: 'conflict', base: was, mine: here, theirs: there })
    }
  }
  let [o, m, t] = [0, 0, 0]
  for (let line = 0; line < origin.length; line++) {
    const inMine = anchors[0][line]
    const inTheirs = anchors[1][line]
    if (inMine === undefined || inTheirs === undefined) continue
    // A line that all three have: what lies before it is settled by itself.
    settle(o, m, t, line, inMine, inTheirs)
    add(joinLines([origin[line]!]))
    ;[o, m, t] = [line + 1, inMine + 1, inTheirs + 1]
  }
  settle(o, m, t, origin.length, ours.length, others.length)
  const [was, here, there] = [lineEnding(base), lineEnding(mine), lineEnding(theirs)]
  const ending = (here === was ? (there ?? here) : (here ?? there)) ?? '\n'
  const [wasEnded, hereEnded, thereEnded] = [isEnded(base), isEnded(mine), isEnded(theirs)]
  const ends = (hereEnded === wasEnded ? thereEnded : hereEnded) ?? hereEnded ?? thereEnded
  for (const part of parts) {
    const withEnding = (text: string) =>
      (ends === false && part === parts.at(-1) ? text.replace(/\n$/, '') : text).replaceAll('\n', ending)
    if (part.kind === 'merged') part.text = withEnding(part.text)
    else {
      part.base = withEnding(part.base)
      part.mine = withEnding(part.mine)
      part.theirs = withEnding(part.theirs)
    }
  }
  return {
    text: parts.map((part) => (part.kind === 'merged' ? part.text : part.mine)).join(''),
    conflicts: parts.filter(({ kind }) => kind === 'conflict').length,
    parts,
  }
}

const joinLines = (lines: string[]) => lines.map((line) => `${line}\n`).join('')

/** Whether a text ends with a line ending; undefined for an empty one. */
const isEnded = (text: string) => (text === '' ? undefined : /[\r\n]$/.test(text))

/** For each line of the base that the other text keeps, where it stands there. */
function kept(base: string[], other: string[]): (number | undefined)[] {
  const places: (number | undefined)[] = []
  for (const { same, a, aEnd, b } of compare(base, other)) {
    if (same) for (let line = a; line < aEnd; line++) places[line] = b + line - a
  }
  return places
}
