import { listCall } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import type { Paged, PageOptions } from '../core/page.ts'
import { id, parseInput } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
import { flag, integer, nullable, number, object, oneOf, row, text, withDefault } from '../core/shape.ts'

/** A song with its counters. */
export interface TopSong {
  id: string
  title: string
  artist: string | null
  visibility: 'private' | 'shared' | 'public'
  /** The owner's id. */
  createdBy: string
  viewCount: number
  shareCount: number
  favoriteCount: number
  weeklyViews: number
  monthlyViews: number
  /** As it is now. */
  popularityScore: number
}

/** Which songs to list, and by what. */
export interface TopSongsOptions extends PageOptions, CallOptions {
  /**
   * `popularity`: what was liked of late, fading by e in 30 days. `trend`: the same in 2 days. `views` and `favorites`: of all
   * time. `popularity` unless told.
   */
  by?: 'popularity' | 'trend' | 'views' | 'favorites'
  /** Only one's own songs, private ones too. */
  own?: boolean
}

const operation = 'analytics.topSongs'
const input = object({
  by: withDefault(oneOf('popularity', 'trend', 'views', 'favorites'), 'popularity'),
  own: withDefault(flag, false),
})
const topSong = row({
  id,
  title: text(),
  artist: nullable(text()),
  visibility: oneOf('private', 'shared', 'public'),
  createdBy: id,
  viewCount: integer(),
  shareCount: integer(),
  favoriteCount: integer(),
  weeklyViews: integer(),
  monthlyViews: integer(),
  popularityScore: number,
})

/**
 * The public songs, or one's own, that come first by a counter, a page at a time. Songs without any are not listed.
 *
 * @throws `invalid_input`, `invalid_cursor`, `not_signed_in` for one's own.
 * @example
 * ```ts
 * const { items } = await tertulia.analytics.topSongs({ by: 'trend', limit: 10 })
 * ```
 */
export function topSongs(context: Context, options: TopSongsOptions = {}): Paged<TopSong> {
  const readInput = () => {
    const { by, own } = parseInput(operation, input, options)
    return { metric: by, onlyOwn: own }
  }
  return listCall(context, operation, options, 'top_songs', readInput, topSong, [
    ['value', 'beforeValue', number],
    ['id', 'beforeId', id],
  ])
}
