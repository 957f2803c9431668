import { type Operation, operation } from '../core/call.ts'
import { id, timestamp } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
import { flag, integer, nullable, number, type Reader, row, text } from '../core/shape.ts'
import { type CountryViews, countries, type Period, periodFields, toArguments } from './period.ts'

/** What everybody who sees a song may know of its use. Counted about once a minute. */
export interface SongAnalytics {
  songId: string
  /** Viewers, each once a day; not its owner, bots and repeats. */
  viewCount: number
  shareCount: number
  favoriteCount: number
  /** Of the last 7 days in UTC, today included. */
  weeklyViews: number
  /** Of the last 30 days in UTC. */
  monthlyViews: number
  /** Views, favourites (5 each) and shares (10 each) by the hundred, each fading by e in 30 days; as it is now. */
  popularityScore: number
  /** When any of this last changed; null when nothing was counted yet. */
  updatedAt: Date | null
  /** For whoever may edit the song; null for everybody else. */
  details: SongDetails | null
}

/** How a song is used, for whoever may edit it. */
export interface SongDetails {
  editCount: number
  lastViewedAt: Date | null
  lastEditedAt: Date | null
  /** Null until somebody stayed. */
  avgSessionDurationSeconds: number | null
  /** The first day of the period that the rest is about. */
  from: string
  /** Its last day. */
  to: string
  views: number
  /** Different viewers: people over the whole period, visitors each day anew. */
  uniqueViewers: number
  /** Whether `uniqueViewers` was estimated, as it is above 50,000 views. */
  estimated: boolean
  sessions: number
  sessionSeconds: number
  shares: number
  /** The most views first. */
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

/**
 * The counters of a song that one sees; for whoever may edit it also how it was used in a period.
 *
 * @param period - Which days `details` is about; the last 30 in UTC unless told.
 * @throws `song_not_found` for a song that one does not see, `invalid_input` for a period or a zone that does not exist.
 * @example
 * ```ts
 * const { viewCount, details } = await tertulia.analytics.song(song.id, { timeZone: 'America/Santiago' })
 * console.log(viewCount, details?.uniqueViewers, details?.countries)
 * ```
 */
export const songAnalytics: Operation<[songId: string], SongAnalytics, Period & CallOptions> = operation(
  'analytics.song',
  'get_song_analytics',
  { songId: id },
  analytics,
  periodFields,
  { toArguments: ({ songId, ...period }) => ({ songId, ...toArguments(period) }) },
)
