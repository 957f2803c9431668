import { type ListOperation, listOperation } from '../core/call.ts'
import type { PageOptions } from '../core/page.ts'
import { id } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
import { flag, integer, nullable, number, oneOf, row, text, withDefault } from '../core/shape.ts'

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
export const topSongs: ListOperation<[], TopSong, TopSongsOptions> = listOperation(
  'analytics.topSongs',
  'top_songs',
  {},
  topSong,
  [
    ['value', 'beforeValue', number],
    ['id', 'beforeId', id],
  ],
  {
    by: withDefault(oneOf('popularity', 'trend', 'views', 'favorites'), 'popularity'),
    own: withDefault(flag, false),
  },
  ({ by, own }) => ({ metric: by, onlyOwn: own }),
)
