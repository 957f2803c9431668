import { type Operation, operation } from '../core/call.ts'
import { id, timestamp } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
import { flag, integer, nullable, number, type Reader, row, text } from '../core/shape.ts'
import { type CountryViews, countries, type Period, periodFields, toArguments } from './period.ts'

/** Counters of a song, for every user who may see it. They are about a minute behind. */
export interface SongAnalytics {
  songId: string
  /** Viewers, each once a day, without the owner, bots and repeats. */
  viewCount: number
  /** Users who accepted a share, and `song_share` events. */
  shareCount: number
  /** Users who have it as a favourite. */
  favoriteCount: number
  /** Views of the last 7 days in UTC, today included. */
  weeklyViews: number
  /** Views of the last 30 days in UTC, today included. */
  monthlyViews: number
  /** (views + 5 × favourites + 10 × shares) / 100, each event decaying by e in 30 days. */
  popularityScore: number
  /** When a counter last changed; null when nothing was counted yet. */
  updatedAt: Date | null
  /** For the owner, admins and editors; null for others. */
  details: SongDetails | null
}

/** How a song is used, for its owner, admins and editors. */
export interface SongDetails {
  /** Changes since the song was created. */
  editCount: number
  /** When a viewer last opened the song; null before the first view. */
  lastViewedAt: Date | null
  /** When the song was last changed; null before the first change. */
  lastEditedAt: Date | null
  /** The average length of a session in seconds; null before the first session. */
  avgSessionDurationSeconds: number | null
  /** The first day of the period; the fields below cover the period. */
  from: string
  /** The last day of the period. */
  to: string
  /** Views in the period. */
  views: number
  /** Different viewers: users over the whole period, visitors again each day. */
  uniqueViewers: number
  /** Whether `uniqueViewers` is an estimate, as above 50,000 views. */
  estimated: boolean
  /** Sessions in the period, at most one per viewer and hour. */
  sessions: number
  /** The total length of these sessions in seconds. */
  sessionSeconds: number
  /** Shares in the period. */
  shares: number
  /** Ordered by views, the most first. */
  countries: CountryViews[]
}

const analytics: Reader<SongAnalytics> = row({
  songId: id,
  viewCount: integer(),
  shareCount: integer(),
  favoriteCount: integer(),
  weeklyViews: integer(),
  monthlyViews: integer(),
  popularityScore: number,
  updatedAt: nullable(timestamp),
  details: nullable(
    row(
      {
        editCount: integer(),
        lastViewedAt: nullable(timestamp),
        lastEditedAt: nullable(timestamp),
        avgSessionDurationSeconds: nullable(integer()),
        from: text(),
        to: text(),
        views: integer(),
        uniqueViewers: integer(),
        estimated: flag,
        sessions: integer(),
        sessionSeconds: integer(),
        shares: integer(),
        countries,
      },
      { from: 'from_day', to: 'to_day' },
    ),
  ),
})

export const songAnalytics: Operation<[songId: string], SongAnalytics, Period & CallOptions> = operation(
  'analytics.song',
  'get_song_analytics',
  { songId: id },
  analytics,
  periodFields,
  { toArguments: ({ songId, ...period }) => ({ songId, ...toArguments(period) }) },
)
