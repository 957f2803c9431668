/** What a cell may hold. */
type Cell = string | number | boolean | Date | null | undefined | object

function toCell(value: Cell): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  const text =
    value instanceof Date ? value.toISOString() : typeof value === 'object' ? JSON.stringify(value) : value
  // A spreadsheet takes these for formulas, which can send what is in the sheet anywhere; the apostrophe makes them text.
  const safe = /^[\t\r\n ]*[=+\-@\uff0b\uff0d\uff1d\uff20]|^[\t\r\n]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/**
 * Writes rows as CSV (RFC 4180, UTF-8, a header line, lines ended by CR LF), to be opened by spreadsheets: texts that would be
 * taken for formulas begin with an apostrophe.
 *
 * @param rows - Objects, such as a series, top songs, or the steps of a funnel.
 * @param columns - Which fields in which order; all of the first row unless told.
 * @example
 * ```ts
 * const csv = toCsv(await tertulia.analytics.series('song_view', song.id))
 * const { items } = await tertulia.analytics.topSongs()
 * const list = toCsv(items, ['title', 'artist', 'viewCount'])
 * ```
 */
export function toCsv<Row extends object>(
  rows: readonly Row[],
  columns = Object.keys(rows[0] ?? {}) as (keyof Row & string)[],
): string {
  const lines = [columns as string[], ...rows.map((one) => columns.map((column) => one[column] as Cell))]
  return lines.map((cells) => `${cells.map(toCell).join(',')}\r\n`).join('')
}
