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
  /** Views of all time. */
  viewCount: number
  /** Shares of all time. */
  shareCount: number
  /** Users who have it as a favourite. */
  favoriteCount: number
  /** Views of the last 7 days in UTC. */
  weeklyViews: number
  /** Views of the last 30 days in UTC. */
  monthlyViews: number
  /** The score at this moment; see `SongAnalytics`. */
  popularityScore: number
}

/** Which songs to list, and by what. */
export interface TopSongsOptions extends PageOptions, CallOptions {
  /**
   * `popularity` (default) weighs recent events, which decay by e in 30 days; `trend` by e in 2 days. `views` and `favorites` count all
   * time.
   */
  by?: 'popularity' | 'trend' | 'views' | 'favorites' | undefined
  /** True lists only your own songs, private ones too. */
  own?: boolean | undefined
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
