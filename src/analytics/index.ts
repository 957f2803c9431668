import { bind } from '../core/bind.ts'
import type { Context } from '../core/context.ts'
import type { Paged } from '../core/page.ts'
import type { CallOptions } from '../core/run.ts'
import { recordConversion } from './conversion.ts'
import type { Period } from './period.ts'
import { type FunnelStep, type ProfileAnalytics, profileAnalytics, profileFunnel } from './profile.ts'
import { type SeriesKind, type SeriesPoint, series } from './series.ts'
import { type SongAnalytics, songAnalytics } from './song.ts'
import { type TopSong, type TopSongsOptions, topSongs } from './top-songs.ts'
import { createTracker } from './tracker.ts'
import type { Tracker } from './types.ts'

export type { AnySupabaseClient, Context, OperationReport, TertuliaOptions } from '../core/context.ts'
export { createContext } from '../core/create-context.ts'
export { isTertuliaError, TertuliaError } from '../core/error.ts'
export type { ErrorCode } from '../core/error-codes.ts'
export type { Page, Paged, PageOptions } from '../core/page.ts'
export type { CallOptions } from '../core/run.ts'
export type { KeyValueStorage } from '../core/storage.ts'
export type { Lifecycle } from '../live/lifecycle.ts'
export { type CsvOptions, toCsv } from './csv.ts'
export type { AnalyticsEvent } from './events.ts'
export type { CountryViews, Period } from './period.ts'
export type { FunnelStep, ProfileAnalytics } from './profile.ts'
export type { SeriesKind, SeriesPoint } from './series.ts'
export type { SongAnalytics, SongDetails } from './song.ts'
export type { TopSong, TopSongsOptions } from './top-songs.ts'
export type { Tracker } from './types.ts'

/** What people do with songs and profiles: told by apps, counted by the database, read by those whom it concerns. */
export interface Analytics extends Tracker {
  /** The counters of a song, and its use for whoever may edit it. See {@link songAnalytics}. */
  song(songId: string, period?: Period & CallOptions): Promise<SongAnalytics>
  /** How one's own profile did. See {@link profileAnalytics}. */
  profile(profileId?: string, period?: Period & CallOptions): Promise<ProfileAnalytics>
  /** From a view to a conversion, step by step. See {@link profileFunnel}. */
  funnel(profileId?: string, period?: Period & CallOptions): Promise<FunnelStep[]>
  /** One kind of event by days, weeks or months. See {@link series}. */
  series(
    kind: SeriesKind,
    entityId: string,
    options?: Period & { step?: 'day' | 'week' | 'month' } & CallOptions,
  ): Promise<SeriesPoint[]>
  /** Songs that come first by a counter. See {@link topSongs}. */
  topSongs(options?: TopSongsOptions): Paged<TopSong>
  /** Says that a conversation led to what it was for. See {@link recordConversion}. */
  recordConversion(conversationId: string, options?: CallOptions): Promise<boolean>
}

/**
 * The analytics domain alone.
 *
 * @example
 * ```ts
 * const analytics = createAnalytics(createContext(supabase, { requireConsent: true }))
 * await analytics.optIn()
 * analytics.track({ kind: 'song_view', songId })
 * ```
 */
export function createAnalytics(context: Context): Analytics {
  return {
    ...createTracker(context),
    ...bind(context, {
      song: songAnalytics,
      profile: profileAnalytics,
      funnel: profileFunnel,
      series,
      topSongs,
      recordConversion,
    }),
  }
}
