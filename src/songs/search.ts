import { call } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import { type Page, type PageOptions, paged, pageOptions, readCursor, writeCursor } from '../core/page.ts'
import { calledWith, id, parseInput } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
import {
  integer,
  list as listOf,
  nullable,
  number,
  optional,
  type Read,
  row,
  text,
  tuple,
} from '../core/shape.ts'
import { filterFields, type SongFilters, toFilters } from './filters.ts'
import { type SongSummary, songColumnNames, songSummaryFields } from './schema.ts'

const operation = 'songs.search'

/** Where a text matches: from the first character to before the last, for `slice`. */
export type Range = readonly [start: number, end: number]

/** A song that a search found, and where it matches. */
export interface SongHit extends SongSummary {
  highlights: {
    title: Range[]
    artist: Range[]
    /** The line of the lyrics that matches best, at most 160 characters. */
    excerpt: { text: string; ranges: Range[] } | null
  }
}

/** A page of songs, and what the query was taken for. */
export interface SongSearchPage extends Page<SongHit> {
  /**
   * The query without its typo, on the first page of a search that undid one; null otherwise. Songs that have the query as it was typed
   * come first even so.
   */
  didYouMean: string | null
}

/** Which songs to search, and how many a page. */
export interface SearchSongsOptions extends PageOptions, SongFilters {}

const searchInput = calledWith({ query: text() }, { ...pageOptions, ...filterFields })
const place = tuple(integer(10, 60), number, number, id)
const ranges = listOf(tuple(integer(), integer()))
const hitRow = row(
  {
    ...songSummaryFields,
    highlights: row({
      title: ranges,
      artist: ranges,
      excerpt: nullable(row({ text: text(), ranges })),
    }),
  },
  songColumnNames,
)
const answer = row({ songs: listOf(hitRow), next: nullable(place), didYouMean: optional(text()) })

/** A query's name in its cursors, however long it is. */
function digest(value: string): number {
  let hash = 7
  // The product stays below 2^53.
  for (const letter of value) hash = (hash * 5381 + letter.codePointAt(0)!) % 1_655_967_011_077
  return hash
}

/** The database counts characters, JavaScript halves of those beyond the first 65,536. */
function toUnits(value: string, found: Read<typeof ranges>): Range[] {
  const characters = [...value]
  if (characters.length === value.length) return found
  const units = (count: number) => characters.slice(0, count).join('').length
  return found.map(([start, end]) => [units(start), units(end)])
}

function toHit({ highlights: { title, artist, excerpt }, ...song }: Read<typeof hitRow>): SongHit {
  return {
    ...song,
    highlights: {
      title: toUnits(song.title, title),
      artist: toUnits(song.artist ?? '', artist),
      excerpt: excerpt && { text: excerpt.text, ranges: toUnits(excerpt.text, excerpt.ranges) },
    },
  }
}

/**
 * Finds the songs that have every word of the query, among those that the user may see, a page at a time, best first: songs whose title
 * or artist is the query, songs that have four words or more of it in one line, songs with the words in title, artist, album, genre,
 * style or the names of writers, then in the lyrics, the most popular first. When next to nothing is found, songs a typo away follow, and
 * `didYouMean` says what the query was taken for.
 *
 * Case, accents, apostrophes and signs do not count: `dont` finds "don't", `acdc` finds "AC/DC", `simon and garfunkel` finds "Simon &
 * Garfunkel". "corazones" finds "corazón" in a Spanish song. The last word may be unfinished unless a blank follows it. Any part of a
 * Chinese, Japanese, Korean or Thai run is found. `"let it be"` is a phrase, `-live` leaves songs out. With filters and no query you get
 * every song that passes, the most popular first.
 *
 * The work of a page is bounded, so one may hold fewer songs than `limit`, even none, and have a `nextCursor`.
 *
 * @param query - At most 200 characters.
 * @throws `invalid_input` with the field at fault, `invalid_cursor`, also for the cursor of another query.
 * @example
 * ```ts
 * const { items } = await tertulia.songs.search('corazon espin', { language: ['es'], limit: 20 })
 * const easy = await tertulia.songs.search('', { playable: ['C', 'G', 'Am'], missing: 1 })
 * ```
 */
export function searchSongs(
  context: Context,
  query: string,
  options?: SearchSongsOptions & CallOptions,
): Promise<SongSearchPage> & AsyncIterable<SongHit> {
  return paged(async (next) => {
    const { limit, query: words, ...given } = parseInput(operation, searchInput, [query, options])
    const filters = toFilters(given)
    const list = `songs with ${digest(words + JSON.stringify(filters))}`
    const after = readCursor(operation, list, place, next ?? given.cursor)
    const input = {
      query: words,
      filters,
      limit,
      afterTier: after?.[0],
      afterScore: after?.[1],
      afterPopularity: after?.[2],
      afterId: after?.[3],
    }
    const found = await call(context, operation, options, 'search_songs', input, answer)
    return {
      items: found.songs.map(toHit),
      nextCursor: found.next && writeCursor(list, ...found.next),
      didYouMean: found.didYouMean ?? null,
    }
  })
}
