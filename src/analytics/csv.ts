import { refusal } from '../core/error.ts'
import { parseInput } from '../core/parse.ts'
import { flag, object, oneOf, withDefault } from '../core/shape.ts'

/** The value of a cell. */
type Cell = string | number | bigint | boolean | Date | null | undefined | object

/** How {@link toCsv} writes. */
export interface CsvOptions {
  /**
   * Begin with a byte order mark. Excel reads a file without one in the system's old character set, so that `ñ` becomes `Ã±`.
   * Default false.
   */
  bom?: boolean | undefined
  /** The separator, `,` by default. Excel expects `;` where the decimal sign is a comma, as in most of Europe and Latin America. */
  separator?: ',' | ';' | '\t' | undefined
  /**
   * The decimal sign of numbers, `.` by default. Where it is a comma Excel reads `1.5` as text or as the first of May.
   */
  decimal?: '.' | ',' | undefined
}

const operation = 'toCsv'
const options = object({
  bom: withDefault(flag, false),
  separator: withDefault(oneOf(',', ';', '\t'), ','),
  decimal: withDefault(oneOf('.', ','), '.'),
})

function toText(value: Cell, column: string): string {
  const refuse = (expected: string) =>
    refusal('invalid_input', operation, `${column}: expected ${expected}`, { field: column })
  if (value instanceof Date) {
    const year = value.getUTCFullYear()
    if (year > 0 && year < 10_000) return value.toISOString()
    throw refuse('a valid Date in the years 1 to 9999')
  }
  if (typeof value !== 'object') return String(value)
  try {
    return JSON.stringify(value, function (key, part) {
      if (this[key] instanceof Date) return toText(this[key], column)
      return typeof part === 'bigint' ? String(part) : part
    })
  } catch {
    throw refuse('what JSON can hold')
  }
}

function toCell(value: Cell, column: string, decimal: string): string {
  if (value === null || value === undefined) return ''
  const text = typeof value === 'number' ? String(value).replace('.', decimal) : toText(value, column)
  // A spreadsheet takes these for formulas, which can send what is in the sheet anywhere; the apostrophe makes them text.
  const isFormula = /^[\s\p{C}]*[=+\-@\uff0b\uff0d\uff1d\uff20]|^[\t\r\n]/u.test(text)
  const safe = isFormula && !/number|bigint/.test(typeof value) ? `'${text}` : text
  // Whatever the separator: a program may be told another one.
  // Excel takes a file that begins with ID for another format.
  return /[",;\t\r\n]|^ID/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/**
 * Writes rows as CSV for a spreadsheet: RFC 4180, UTF-8, a header line, lines ended by CR LF. A text that a spreadsheet would read as a
 * formula begins with an apostrophe. Dates are written as ISO 8601 in UTC. No rows and no `columns` give an empty text.
 *
 * @param rows - Objects, such as a series, top songs, or the steps of a funnel.
 * @param columns - Which fields in which order; by default all fields of the first row.
 * @param csvOptions - `bom`, `separator` and `decimal` for Excel.
 * @throws `invalid_input` for a Date that is not valid or not in the years 1 to 9999, and for an object that refers to itself, with the
 * column as its field; for rows and columns that are none, and for an unknown option.
 * @example
 * ```ts
 * const csv = toCsv(await tertulia.analytics.series('song_view', song.id))
 * const { items } = await tertulia.analytics.topSongs()
 * const forExcel = toCsv(items, ['title', 'artist', 'viewCount'], { bom: true, separator: ';', decimal: ',' })
 * ```
 */
export function toCsv<Row extends object>(
  rows: readonly Row[],
  columns: readonly (keyof Row & string)[] = Object.keys(rows?.[0] ?? {}) as (keyof Row & string)[],
  csvOptions?: CsvOptions,
): string {
  if (!Array.isArray(rows) || !rows.every((one) => typeof one === 'object' && one))
    throw refusal('invalid_input', operation, 'rows: expected objects', { field: 'rows' })
  if (!Array.isArray(columns) || !columns.every((one) => typeof one === 'string'))
    throw refusal('invalid_input', operation, 'columns: expected names of fields', { field: 'columns' })
  const { bom, separator, decimal } = parseInput(operation, options, csvOptions ?? {})
  if (columns.length === 0) return ''
  const lines = [columns, ...rows.map((one) => columns.map((column) => one[column] as Cell))]
  const text = lines
    .map((cells) => `${cells.map((cell, at) => toCell(cell, columns[at]!, decimal)).join(separator)}\r\n`)
    .join('')
  return bom ? `\ufeff${text}` : text
}
