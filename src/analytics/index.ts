import { bind } from '../core/bind.ts'
import type { Context } from '../core/context.ts'
import { onUserChange } from '../core/identity.ts'
import type { Paged } from '../core/page.ts'
import type { CallOptions } from '../core/run.ts'
import type { UserChanges } from '../live/types.ts'
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
export type { UserChanges } from '../live/types.ts'
export { type CsvOptions, toCsv } from './csv.ts'
export type { AnalyticsEvent } from './events.ts'
export type { CountryViews, Period } from './period.ts'
export type { FunnelStep, ProfileAnalytics } from './profile.ts'
export type { SeriesKind, SeriesPoint } from './series.ts'
export type { SongAnalytics, SongDetails } from './song.ts'
export type { TopSong, TopSongsOptions } from './top-songs.ts'
export type { Tracker } from './types.ts'

/** Usage of songs and profiles. Apps report events, the database counts them, and owners read the figures. */
export interface Analytics extends UserChanges, Tracker {
  /**
   * Returns the counters of a song that you may see. Its owner, admins and editors also get `details`: how it was used in a period.
   *
   * @param songId - The song's id.
   * @param period - The days that `details` covers; by default the last 30 days in UTC.
   * @throws `song_not_found` when you may not see the song, `invalid_input` for a period or time zone that does not exist.
   * @example
   * ```ts
   * const { viewCount, details } = await tertulia.analytics.song(song.id, { timeZone: 'America/Santiago' })
   * console.log(viewCount, details?.uniqueViewers, details?.countries)
   * ```
   */
  song(songId: string, period?: Period & CallOptions): Promise<SongAnalytics>
  /**
   * Returns how your own profile did in a period: views, contact clicks, conversations, messages and conversions.
   *
   * @param profileId - Your own id, or leave it out.
   * @param period - By default the last 30 days in UTC.
   * @throws `forbidden` for another user's profile, `profile_not_found`, `invalid_input`, `not_signed_in`.
   * @example
   * ```ts
   * const { views, contactClicks, messages } = await tertulia.analytics.profile()
   * ```
   */
  profile(profileId?: string, period?: Period & CallOptions): Promise<ProfileAnalytics>
  /**
   * Returns the steps from a view of your own profile to a conversion, with the rate of each step.
   *
   * @param profileId - Your own id, or leave it out.
   * @param period - By default the last 30 days in UTC.
   * @throws `forbidden` for another user's profile, `profile_not_found`, `invalid_input`, `not_signed_in`.
   * @example
   * ```ts
   * for (const { step, count, rate } of await tertulia.analytics.funnel()) console.log(step, count, rate)
   * ```
   */
  funnel(profileId?: string, period?: Period & CallOptions): Promise<FunnelStep[]>
  /**
   * Counts one kind of event by days, weeks or months of a time zone, for a song that you may edit or your own profile. Days without
   * events are listed with 0.
   *
   * @param kind - Which events to count.
   * @param entityId - The song's id, or your own id for a profile.
   * @param options - `step` is `day` by default. The period is the last 30 days in UTC by default, and at most 400 days.
   * @throws `forbidden` for a viewer of the song and for another user's profile, `song_not_found`, `profile_not_found`, `invalid_input`,
   * `not_signed_in`.
   * @example
   * ```ts
   * const week = await tertulia.analytics.series('song_view', song.id, { from: '2026-11-16', to: '2026-11-22' })
   * ```
   */
  series(
    kind: SeriesKind,
    entityId: string,
    options?: Period & {
      /** How long each point is; `day` by default. Weeks begin on Monday. */
      step?: 'day' | 'week' | 'month' | undefined
    } & CallOptions,
  ): Promise<SeriesPoint[]>
  /**
   * Lists public songs, or your own, by a counter, the highest first, a page at a time. Songs without any events are left out.
   *
   * @param options - `by` is `popularity` by default. `own`: only your own songs, private ones too. `limit` per page: 1 to 200, default 50.
   * @throws `invalid_input`, `invalid_cursor`, `not_signed_in` with `own`.
   * @example
   * ```ts
   * const { items } = await tertulia.analytics.topSongs({ by: 'trend', limit: 10 })
   * ```
   */
  topSongs(options?: TopSongsOptions): Paged<TopSong>
  /**
   * Records that a direct conversation led to what the other user offers, such as an order. It counts for the other user, once a
   * conversation. Your server records it with the database function `record_conversion_for`.
   *
   * @param conversationId - The direct conversation's id.
   * @returns False when it was recorded already.
   * @throws `conversation_not_found`, `invalid_input` for a group, `account_not_found`, `not_signed_in`.
   * @example
   * ```ts
   * await tertulia.analytics.recordConversion(conversation.id)
   * ```
   */
  recordConversion(conversationId: string, options?: CallOptions): Promise<boolean>
}

/**
 * Creates the analytics domain alone, which is smaller in a bundle than the whole client.
 *
 * @param context - From `createContext`. Domains on one context share a connection.
 * @example
 * ```ts
 * const analytics = createAnalytics(createContext(supabase, { requireConsent: true }))
 * await analytics.optIn()
 * analytics.track({ kind: 'song_view', songId: song.id })
 * ```
 */
export function createAnalytics(context: Context): Analytics {
  return {
    ...createTracker(context),
    ...bind(context, {
      onUserChange,
      song: songAnalytics,
      profile: profileAnalytics,
      funnel: profileFunnel,
      series,
      topSongs,
      recordConversion,
    }),
  }
}
