import { type Operation, operation } from '../core/call.ts'
import { id } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
import { integer, list, oneOf, type Reader, row, text, withDefault } from '../core/shape.ts'
import type { AnalyticsEvent } from './events.ts'
import { type Period, periodFields, toArguments } from './period.ts'

/** The events that a series counts: those that apps report, and those that the database records. */
export type SeriesKind = Exclude<AnalyticsEvent['kind'], `app:${string}`> | 'conversation' | 'conversion'

/** One step of a series. */
export interface SeriesPoint {
  /** The day, or the first day of the week (a Monday) or month. */
  day: string
  /** How often it happened. */
  count: number
  /** Total duration for `song_session`; 0 for other kinds. */
  seconds: number
}

export const points: Reader<SeriesPoint[]> = list(row({ day: text(), count: integer(), seconds: integer() }))
export const eventKinds: SeriesKind[] = [
  'song_view',
  'song_session',
  'song_share',
  'profile_view',
  'contact_click',
  'conversation',
  'conversion',
]
const kind = oneOf<SeriesKind>(...eventKinds)

export const series: Operation<
  [kind: SeriesKind, entityId: string],
  SeriesPoint[],
  Period & { step?: 'day' | 'week' | 'month' | undefined } & CallOptions
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
