/** The characters that count as blank within a line; the database uses the same ones. */
export const blank = ' \\t\\v\\f\\u00a0'

const blanks = new Set(' \t\v\f\u00a0')
export const onlyBlanks = new RegExp(`^[${blank}]*$`)
const runs = new RegExp(`[${blank}]+`, 'g')

/** A loop, for a pattern that ends in blanks tries again at each blank of a run. */
export function trimBlanks(text: string): string {
  let from = 0
  let to = text.length
  while (from < to && blanks.has(text[from]!)) from += 1
  while (to > from && blanks.has(text[to - 1]!)) to -= 1
  return text.slice(from, to)
}

export function collapseBlanks(text: string): string {
  return trimBlanks(text.replace(runs, ' '))
}

/** Lower case for ASCII only: the same in every locale, here and in the database. */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}
