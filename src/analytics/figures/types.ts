import type { CallOptions } from '../../core/run.ts'
import type { UserChanges } from '../../live/types.ts'
import type { Period } from '../period.ts'
import type { SeriesKind, SeriesPoint } from '../series.ts'

/** A kind of event: one of the SDK's, or `app:` and the name of an event that your project declares. */
export type FigureKind = SeriesKind | `app:${string}`

/** What every figure is asked about. */
interface About {
  /** The song, or your own id for a profile. For a profile you can leave it out. */
  entityId?: string | undefined
  /** The first day; by default that of the request. */
  from?: string | undefined
  /** The last day; by default that of the request. */
  to?: string | undefined
}

/** How often something happened. */
export interface TotalQuery extends About {
  /** Selects this figure. */
  figure: 'total'
  /** The kind of event that is counted. */
  kind: FigureKind
}

/** How often something happened, by days, weeks from Monday, or months. */
export interface SeriesQuery extends About {
  /** Selects this figure. */
  figure: 'series'
  /** The kind of event that is counted. */
  kind: FigureKind
  /** `day` by default. */
  step?: 'day' | 'week' | 'month' | undefined
}

/** What the events are made of. */
export interface BreakdownQuery extends About {
  /** Selects this figure. */
  figure: 'breakdown'
  /** The kind of event that is counted. */
  kind: FigureKind
  /**
   * `source`: the listed site or app that led to the view, such as `google`. `channel`: its class, such as `search`. `device`: `phone`,
   * `tablet`, `desktop`, `app` or `other`. `property:` and a name: a property of an event that your project declares.
   */
  by: 'source' | 'channel' | 'device' | `property:${string}`
}

/** How many viewers went all the way. */
export interface GoalQuery extends About {
  /** Selects this figure. */
  figure: 'goal'
  /** 2 to 5 different kinds of events, in the order in which a viewer does them. The last one is the goal. */
  steps: readonly FigureKind[]
}

/** How many users came again in the weeks after their first one. */
export interface RetentionQuery extends About {
  /** Selects this figure. */
  figure: 'retention'
  /** The kind of event that is counted. */
  kind: FigureKind
}

/** One figure of a page of charts. */
export type FigureQuery = TotalQuery | SeriesQuery | BreakdownQuery | GoalQuery | RetentionQuery

/** The total of a period. */
export interface Total {
  /** How often it happened. */
  count: number
  /** The total duration for `song_session`; 0 for other kinds. */
  seconds: number
  /** Different viewers: users over the whole period, visitors again each day. */
  viewers: number
  /** Whether `viewers` is an estimate, as above 50,000 events. */
  estimated: boolean
}

/** The parts of a period, the largest first. */
export interface Breakdown {
  /**
   * `value` is null where it is not known, as for a view without a referrer. `other` has the sites that are not listed, and every value of
   * fewer than five viewers.
   */
  parts: { value: string | null; count: number }[]
  /** Whether counts are estimates from one viewer in 64, as above 50,000 events. */
  estimated: boolean
}

/** How far viewers went. */
export interface Goal {
  /** `rate` is the share of the viewers of the step before; null for the first step, and after a step without viewers. */
  steps: { kind: FigureKind; viewers: number; rate: number | null }[]
  /** The share of the first step's viewers who reached the goal; null without any. */
  conversionRate: number | null
  /** Whether viewers are estimated, as above 50,000 events. */
  estimated: boolean
}

/** Users by the week in which they first came. */
export interface Cohort {
  /** The Monday of that week, in the time zone of the request. */
  week: string
  /** Users who came for the first time, without visitors who are not signed in. */
  users: number
  /** Whether the week is over. */
  complete: boolean
  /**
   * Each following week, with the users of this cohort who came again and their share of it. `complete` is false for a week that is not
   * over: its share can still grow. Null for a cohort of fewer than five users.
   */
  returned: { week: string; users: number; share: number; complete: boolean }[] | null
}

/** Retention by week. */
export interface Retention {
  /** A cohort for each week that the period touches, also where nobody came. */
  cohorts: Cohort[]
  /** Whether users are estimated, as above 50,000 events in the whole log. */
  estimated: boolean
}

/** What a query answers. */
export type FigureResult<Q extends FigureQuery> = Q extends TotalQuery
  ? Total
  : Q extends SeriesQuery
    ? SeriesPoint[]
    : Q extends BreakdownQuery
      ? Breakdown
      : Q extends GoalQuery
        ? Goal
        : Retention

/** Figures for a page of charts. */
export interface Figures extends UserChanges {
  /**
   * Reads up to 20 figures in one request, all as of the same moment. They contain every event that the database has, also those that no
   * roll-up has counted yet.
   *
   * You can read figures of your own profile, and of songs that you may edit. When one figure is refused, the whole request is.
   *
   * @param queries - Each figure under a name of yours.
   * @param options - The days, by default the last 30 in UTC, and the time zone. A figure can have days of its own.
   * @returns Each figure's answer under its name.
   * @throws `invalid_input` with the field, such as `views.kind`; `forbidden` for a viewer of the song and for another user's profile,
   * `song_not_found`, `profile_not_found`, `not_signed_in`.
   * @example
   * ```ts
   * const { views, devices, weeks } = await figures.read(
   *   {
   *     views: { figure: 'series', kind: 'song_view', entityId: song.id },
   *     devices: { figure: 'breakdown', kind: 'song_view', by: 'device', entityId: song.id },
   *     weeks: { figure: 'retention', kind: 'song_view', entityId: song.id },
   *   },
   *   { timeZone: 'America/Santiago' },
   * )
   * console.log(views.length, devices.parts, weeks.cohorts)
   * ```
   */
  read<const Queries extends Record<string, FigureQuery>>(
    queries: Queries,
    options?: Period & CallOptions,
  ): Promise<{ -readonly [Name in keyof Queries]: FigureResult<Queries[Name]> }>
}
