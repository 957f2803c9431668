import { call } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import { calledWith, parseInput } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
import { flag, integer, list, type Reader, record, row, text } from '../core/shape.ts'
import { filterFields, type SongFilters, toFilters } from './filters.ts'

const operation = 'songs.facets'

/** How many songs have a value. */
export interface SongFacet {
  value: string
  count: number
}

/** How many songs a search finds, in all and by value; the commonest 30 values of each, spellings together. */
export interface SongFacets {
  total: number
  /** False when the counts are estimates: for more than 10,000 songs, or with more than 20,000 songs shared with the user. */
  exact: boolean
  genre: SongFacet[]
  style: SongFacet[]
  key: SongFacet[]
  difficulty: SongFacet[]
  /** Without the region: `pt`. */
  language: SongFacet[]
  /** Its first year: `1990`. */
  decade: SongFacet[]
  /** As tags are compared: without case and accents. */
  tag: SongFacet[]
}

const facetsInput = calledWith({ query: text() }, filterFields)
const counts = list(row({ value: text(), count: integer() }))
const names = ['genre', 'style', 'key', 'difficulty', 'language', 'decade', 'tag']
const answerRow = row({ total: integer(), exact: flag, facets: record(counts) })
const answer: Reader<SongFacets> = (value, path) => {
  const { total, exact, facets } = answerRow(value, path)
  const named = names.map((name) => [name, facets[name] ?? []])
  return { total, exact, ...Object.fromEntries(named) }
}

/**
 * Counts the songs that have every word of a query and pass the filters, among those that the person may see: exactly up to
 * 10,000, as estimates beyond. Songs that a search adds for a likely slip are not counted.
 *
 * @param query - As for a search; with `''` every song that passes the filters.
 * @throws `invalid_input` with the field at fault.
 * @example
 * ```ts
 * const { total, exact, genre } = await tertulia.songs.facets('luna', { language: ['es'] })
 * console.log(exact ? total : `about ${total}`, genre)
 * ```
 */
export async function songFacets(
  context: Context,
  query: string,
  options?: SongFilters & CallOptions,
): Promise<SongFacets> {
  const { query: words, ...given } = parseInput(operation, facetsInput, [query, options])
  const input = { query: words, filters: toFilters(given) }
  return call(context, operation, options, 'count_songs', input, answer)
}
