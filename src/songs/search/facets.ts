import { call } from '../../core/call.ts'
import type { Context } from '../../core/context.ts'
import { type Facet, facet } from '../../core/facet.ts'
import { calledWith, parseInput } from '../../core/parse.ts'
import type { CallOptions } from '../../core/run.ts'
import { flag, integer, type Reader, record, row, text } from '../../core/shape.ts'
import { type SongFilters, songFilters } from './filters.ts'

const operation = 'songs.facets'

/** How many songs a search finds, in all and by value. Each list has the 30 most common values, with spellings counted together. */
export interface SongFacets {
  /** How many songs the search finds. */
  total: number
  /** False when the counts are estimates: above 10,000 songs, or with more than 20,000 songs shared with the user. */
  exact: boolean
  /** Counts by artist. A song of several artists counts for each. */
  artist: Facet[]
  /** Counts by genre. */
  genre: Facet[]
  /** Counts by style. */
  style: Facet[]
  /** Counts by key. */
  key: Facet[]
  /** Counts by difficulty, 1 (easy) to 5. */
  difficulty: Facet[]
  /** Counts by language without region: `pt`. */
  language: Facet[]
  /** Counts by decade, named by its first year: `1990`. */
  decade: Facet[]
  /** Counts by tag, in the form that tags are compared in: without case and accents. */
  tag: Facet[]
}

/** Filters of a count. */
export interface CountSongsOptions {
  /** Filters, all of which a song must pass. */
  filters?: SongFilters | undefined
}

const facetsInput = calledWith({ query: text() }, { filters: songFilters })
const names = ['artist', 'genre', 'style', 'key', 'difficulty', 'language', 'decade', 'tag']
const answerRow = row({ total: integer(), exact: flag, facets: record(facet) })
const answer: Reader<SongFacets> = (value, path) => {
  const { total, exact, facets } = answerRow(value, path)
  const named = names.map((name) => [name, facets[name] ?? []])
  return { total, exact, ...Object.fromEntries(named) }
}

export async function songFacets(
  context: Context,
  query: string,
  options?: CountSongsOptions & CallOptions,
): Promise<SongFacets> {
  const { query: words, filters } = parseInput(operation, facetsInput, [query, options])
  return call(context, operation, options, 'count_songs', { query: words, filters }, answer)
}
