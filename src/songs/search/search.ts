import { call } from '../../core/call.ts'
import type { Context } from '../../core/context.ts'
import { type Page, type PageOptions, paged, pageOptions, readCursor, writeCursor } from '../../core/page.ts'
import { calledWith, id, parseInput } from '../../core/parse.ts'
import type { CallOptions } from '../../core/run.ts'
import {
  integer,
  list as listOf,
  nullable,
  number,
  oneOf,
  optional,
  type Read,
  row,
  text,
  tuple,
} from '../../core/shape.ts'
import { type SongSummary, songColumnNames, songSummaryFields } from '../schema.ts'
import { type SongFilters, songFilters } from './filters.ts'

const operation = 'songs.search'

/** Where a text matches: start and end for `slice`. */
export type Range = readonly [start: number, end: number]

/** A song that a search found. */
export interface SongHit extends SongSummary {
  /** Where the song matches the query. */
  highlights: {
    title: Range[]
    artist: Range[]
    /** The best matching line of the lyrics, at most 160 characters; null when only other fields match. */
    excerpt: { text: string; ranges: Range[] } | null
  }
}

/** A page of songs, and the corrected query. */
export interface SongSearchPage extends Page<SongHit> {
  /**
   * The corrected query, on the first page of a search that found songs one typo away; null otherwise. Songs with the query as typed
   * still come first.
   */
  didYouMean: string | null
}

/** Filters and page of a search. */
export interface SearchSongsOptions extends PageOptions {
  /** Filters, all of which a song must pass. */
  filters?: SongFilters | undefined
  /** The order of the songs. Without it, the songs that match best come first. */
  sort?: SongSort | undefined
}

/**
 * An order of songs that a search found: the most popular, the newest, the easiest first, or from A to Z by title or artist. Songs without
 * an artist or a difficulty come last. `artist` and `difficulty` sort up to 10,000 songs.
 */
export type SongSort = 'popular' | 'newest' | 'title' | 'artist' | 'difficulty'

const searchInput = calledWith(
  { query: text() },
  {
    ...pageOptions,
    filters: songFilters,
    sort: optional(oneOf('popular', 'newest', 'title', 'artist', 'difficulty')),
  },
)
const place = tuple(integer(10, 160), number, number, id, text())
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

export function searchSongs(
  context: Context,
  query: string,
  options?: SearchSongsOptions & CallOptions,
): Promise<SongSearchPage> & AsyncIterable<SongHit> {
  return paged(async (next) => {
    const {
      limit,
      query: words,
      cursor,
      filters,
      sort,
    } = parseInput(operation, searchInput, [query, options])
    const list = `songs with ${digest(words + JSON.stringify([filters, sort]))}`
    const after = readCursor(operation, list, place, next ?? cursor)
    const input = {
      query: words,
      filters,
      sort,
      limit,
      afterTier: after?.[0],
      afterScore: after?.[1],
      afterPopularity: after?.[2],
      afterId: after?.[3],
      afterName: after?.[4],
    }
    const found = await call(context, operation, options, 'search_songs', input, answer)
    return {
      items: found.songs.map(toHit),
      nextCursor: found.next && writeCursor(list, ...found.next),
      didYouMean: found.didYouMean ?? null,
    }
  })
}
