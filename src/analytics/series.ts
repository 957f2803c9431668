import { type Operation, operation } from '../core/call.ts'
import { id } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
import { integer, list, oneOf, row, text, withDefault } from '../core/shape.ts'
import type { AnalyticsEvent } from './events.ts'
import { type Period, periodFields, toArguments } from './period.ts'

/** What a series counts: what apps tell, and what the database sees itself. */
export type SeriesKind = AnalyticsEvent['kind'] | 'conversation' | 'conversion'

/** One step of a series. */
export interface SeriesPoint {
  /** The day, or the first day of the week (a Monday) or month. */
  day: string
  count: number
  /** Of sessions; else 0. */
  seconds: number
}

const points = list(row({ day: text(), count: integer(), seconds: integer() }))
const kind = oneOf<SeriesKind>(
  'song_view',
  'song_session',
  'song_share',
  'profile_view',
  'contact_click',
  'conversation',
  'conversion',
)

/**
 * How often something happened to a song that one may edit, or to one's own profile, by days, weeks or months of a time zone.
 * Days without any are there with 0; days on which clocks change are as long as they are.
 *
 * @param kind - What is counted.
 * @param entityId - The song's id, or one's own for a profile.
 * @throws `forbidden` for what is somebody else's, `song_not_found`, `profile_not_found`, `invalid_input`, `not_signed_in`.
 * @example
 * ```ts
 * const week = await tertulia.analytics.series('song_view', song.id, { from: '2026-11-16', to: '2026-11-22' })
 * ```
 */
export const series: Operation<
  [kind: SeriesKind, entityId: string],
  SeriesPoint[],
  Period & { step?: 'day' | 'week' | 'month' } & CallOptions
> = operation(
  'analytics.series',
  'get_analytics_series',
  { kind, entityId: id },
  points,
  { ...periodFields, step: withDefault(oneOf('day', 'week', 'month'), 'day') },
  {
    toArguments: ({ kind, entityId, step, ...period }) => ({ kind, entityId, step, ...toArguments(period) }),
  },
)
