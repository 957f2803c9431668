import { blank, trimBlanks } from './blanks.ts'
import { readChord } from './chord.ts'
import type { LogicalLine } from './lines.ts'
import type { Chord, GridCell, Segment, WarningCode } from './types.ts'

/** The results of reading a line: the chords in their order, and the warnings. */
export interface LineContext {
  /** The chords that a pair of brackets holds. */
  split(written: string): readonly string[]
  /** Warns of one that is no chord. */
  chord(written: string, offset: number): Chord
  /** The chord that stands at this place of the section remembered. */
  recall(): Chord | undefined
  warn(code: WarningCode, message: string, offset: number): void
}

const bracket = /\[([^[\]]*)\]/g
const cell = new RegExp(`[^|:~${blank}[\\]]+|[|:~${blank}[\\]]+`, 'g')
const separator = new RegExp(`^[|:~${blank}[\\]]`)

type Head = Omit<Segment, 'text'>

/** The chords or texts that a pair of brackets puts over the words: several when it has several chords. */
function readBracket(inner: string, offset: number, context: LineContext): Head[] {
  const text = trimBlanks(inner)
  if (text.startsWith('*')) return [{ annotation: trimBlanks(text.slice(1)) }]
  if (text.startsWith('^')) {
    const recalled = context.recall()
    return [{ recall: true, ...(recalled && { recalled }) }]
  }
  if (text === '') {
    context.warn('empty-chord', 'the brackets hold nothing', offset)
    return [{}]
  }
  return context.split(text).map((part) => ({ chord: context.chord(part, offset) }))
}

function warnOfOpenBrackets(text: string, offset: number, context: LineContext): void {
  for (let at = text.indexOf('['); at >= 0; at = text.indexOf('[', at + 1)) {
    context.warn('unclosed-chord', 'the bracket is not closed and stays in the text', offset + at)
  }
}

/** Splits a text with chords in brackets; `from` is where it starts in its line. */
export function readSegments(text: string, from: number, context: LineContext): Segment[] {
  const segments: Segment[] = []
  let open: Head | null = null
  let last = 0
  const close = (end: number) => {
    const plain = text.slice(last, end)
    warnOfOpenBrackets(plain, from + last, context)
    if (open ?? plain !== '') segments.push({ ...open, text: plain })
  }
  for (const found of text.matchAll(bracket)) {
    close(found.index)
    const heads = readBracket(found[1]!, from + found.index, context)
    open = heads.pop()!
    segments.push(...heads.map((head) => ({ ...head, text: '' })))
    last = found.index + found[0].length
  }
  close(text.length)
  return segments
}

/** Cuts a grid line into cells: chords stand between the first bar and the last one, or anywhere without bars. */
export function readGrid({ text }: LogicalLine, context: LineContext): GridCell[] {
  const first = text.indexOf('|')
  const last = first < 0 ? text.length : text.lastIndexOf('|')
  return [...text.matchAll(cell)].map((found): GridCell => {
    const part = found[0]
    const inside = found.index > first && found.index < last
    if (!inside || separator.test(part) || !readChord(part)) return { text: part }
    return { text: part, chord: context.chord(part, found.index) }
  })
}
