import { blank, trimBlanks } from './blanks.ts'

/** A line as the format sees it: one or more lines of the text, joined where a backslash continued them. */
export interface LogicalLine {
  text: string
  /** Where in the text given the character at `offset` stands, both from 1. */
  at(offset: number): { line: number; column: number }
}

/** The last one that begins at an offset or before it, of many in their order. */
function lastUpTo<T>(parts: readonly T[], offset: number, beginOf: (part: T) => number): T {
  let low = 0
  let high = parts.length - 1
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (beginOf(parts[middle]!) <= offset) low = middle
    else high = middle - 1
  }
  return parts[low]!
}

const leading = new RegExp(`^[${blank}]+`)

/** Splits a text at any kind of line end, without its byte order mark, and joins continued lines. */
export function logicalLines(text: string): LogicalLine[] {
  const physical = text.replace(/^\ufeff/, '').split(/\r\n|\r|\n/)
  const lines: LogicalLine[] = []
  for (let index = 0; index < physical.length; index += 1) {
    const parts = [{ from: 0, line: index + 1, column: 1 }]
    const texts: string[] = []
    let length = 0
    let part = physical[index]!
    while (part.endsWith('\\') && index + 1 < physical.length) {
      texts.push(part.slice(0, -1))
      length += part.length - 1
      index += 1
      const next = physical[index]!
      part = next.replace(leading, '')
      parts.push({ from: length, line: index + 1, column: next.length - part.length + 1 })
    }
    texts.push(part)
    const at = (offset: number) => {
      const { from, line, column } = lastUpTo(parts, offset, (part) => part.from)
      return { line, column: column + offset - from }
    }
    lines.push({ text: texts.join(''), at })
  }
  return lines
}

/** Pieces of a line as a line of their own, without the blanks at its ends. */
export function joinPieces(
  line: LogicalLine,
  pieces: readonly { from: number; text: string }[],
): LogicalLine {
  const starts: { at: number; from: number }[] = []
  let text = ''
  for (const piece of pieces) {
    starts.push({ at: text.length, from: piece.from })
    text += piece.text
  }
  const trimmed = trimBlanks(text)
  const cut = text.indexOf(trimmed)
  return {
    text: trimmed,
    at(offset) {
      const start = lastUpTo(starts, offset + cut, (one) => one.at)
      return line.at(start.from + offset + cut - start.at)
    },
  }
}
