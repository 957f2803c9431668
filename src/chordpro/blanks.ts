/** The characters that count as blank within a line; the database uses the same ones. */
export const blank = ' \\t\\v\\f\\u00a0'

const edges = new RegExp(`^[${blank}]+|[${blank}]+$`, 'g')
const runs = new RegExp(`[${blank}]+`, 'g')

export function trimBlanks(text: string): string {
  return text.replace(edges, '')
}

export function collapseBlanks(text: string): string {
  return trimBlanks(text.replace(runs, ' '))
}

/** Lower case for ASCII only: the same in every locale, here and in the database. */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}
