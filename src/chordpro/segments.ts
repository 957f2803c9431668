import { blank, trimBlanks } from './blanks.ts'
import { isNoChord, readChord } from './chord.ts'
import type { LogicalLine } from './lines.ts'
import type { Chord, GridCell, Segment, WarningCode } from './types.ts'

/** What reading a line reports back: the chords met, in order, and what was odd. */
export interface LineContext {
  chord(written: string): Chord
  warn(code: WarningCode, message: string, offset: number): void
}

const bracket = /\[([^[\]]*)\]/g
const cell = new RegExp(`[^|:~${blank}[\\]]+|[|:~${blank}[\\]]+`, 'g')
const separator = new RegExp(`^[|:~${blank}[\\]]`)

function readBracket(inner: string, offset: number, context: LineContext): Omit<Segment, 'text'> {
  const text = trimBlanks(inner)
  if (text.startsWith('*')) return { annotation: trimBlanks(text.slice(1)) }
  if (text.startsWith('^')) return { recall: true }
  if (text === '') {
    context.warn('empty-chord', 'the brackets hold nothing', offset)
    return {}
  }
  if (!readChord(text) && !isNoChord(text)) {
    context.warn('unknown-chord', `"${text}" is not a chord with a known root`, offset)
  }
  return { chord: context.chord(text) }
}

function warnOfOpenBrackets(text: string, offset: number, context: LineContext): void {
  for (let at = text.indexOf('['); at >= 0; at = text.indexOf('[', at + 1)) {
    context.warn('unclosed-chord', 'the bracket is not closed and stays in the text', offset + at)
  }
}

/** Splits a text with chords in brackets; `from` is where it starts in its line. */
export function readSegments(text: string, from: number, context: LineContext): Segment[] {
  const segments: Segment[] = []
  let open: Omit<Segment, 'text'> | null = null
  let last = 0
  const close = (end: number) => {
    const plain = text.slice(last, end)
    warnOfOpenBrackets(plain, from + last, context)
    if (open ?? plain !== '') segments.push({ ...open, text: plain })
  }
  for (const found of text.matchAll(bracket)) {
    close(found.index)
    open = readBracket(found[1]!, from + found.index, context)
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
    return { text: part, chord: context.chord(part) }
  })
}
