import { call } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import { calledWith, parseInput } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
import { flag, integer, list, type Reader, record, row, text } from '../core/shape.ts'
import { filterFields, type SongFilters, toFilters } from './filters.ts'

const operation = 'songs.facets'

/** A value with its count. */
export interface SongFacet {
  value: string
  /** How many songs have it. */
  count: number
}

/** How many songs a search finds, in all and by value. Each list has the 30 most common values, with spellings counted together. */
export interface SongFacets {
  /** How many songs the search finds. */
  total: number
  /** False when the counts are estimates: above 10,000 songs, or with more than 20,000 songs shared with the user. */
  exact: boolean
  /** Counts by genre. */
  genre: SongFacet[]
  /** Counts by style. */
  style: SongFacet[]
  /** Counts by key. */
  key: SongFacet[]
  /** Counts by difficulty, 1 (easy) to 5. */
  difficulty: SongFacet[]
  /** Counts by language without region: `pt`. */
  language: SongFacet[]
  /** Counts by decade, named by its first year: `1990`. */
  decade: SongFacet[]
  /** Counts by tag, in the form that tags are compared in: without case and accents. */
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

export async function songFacets(
  context: Context,
  query: string,
  options?: SongFilters & CallOptions,
): Promise<SongFacets> {
  const { query: words, ...given } = parseInput(operation, facetsInput, [query, options])
  const input = { query: words, filters: toFilters(given) }
  return call(context, operation, options, 'count_songs', input, answer)
}
