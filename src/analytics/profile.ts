import { call } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import { calledWith, id, parseInput } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
import { flag, integer, optional, type Reader, row, text } from '../core/shape.ts'
import { type CountryViews, countries, type Period, periodFields, toArguments } from './period.ts'

/** How one's own profile did in a period, from being seen to being hired. */
export interface ProfileAnalytics {
  profileId: string
  /** The first day. */
  from: string
  /** The last day. */
  to: string
  /** Viewers, each once a day; not oneself, bots and repeats. */
  views: number
  /** Different viewers: people over the whole period, visitors each day anew. */
  uniqueViewers: number
  /** Whether `uniqueViewers` was estimated, as it is above 50,000 views. */
  estimated: boolean
  contactClicks: number
  /** Conversations that others opened with this person. */
  conversations: number
  /** All messages so far in those conversations, of both sides. */
  messages: number
  /** Conversations that led to what they were for, as the other person or the service said. */
  conversions: number
  /** The most views first. */
  countries: CountryViews[]
}

/** A step of the way from a view to a conversion. */
export interface FunnelStep {
  step: 'views' | 'contactClicks' | 'conversations' | 'conversions'
  count: number
  /** How many of the step before came to be this one; null for the first step, and after a step that nobody took. May be above 1. */
  rate: number | null
}

const analytics: Reader<ProfileAnalytics> = row(
  {
    profileId: id,
    from: text(),
    to: text(),
    views: integer(),
    uniqueViewers: integer(),
    estimated: flag,
    contactClicks: integer(),
    conversations: integer(),
    messages: integer(),
    conversions: integer(),
    countries,
  },
  { from: 'from_day', to: 'to_day' },
)
const input = calledWith({ profileId: optional(id) }, periodFields)
const steps = ['views', 'contactClicks', 'conversations', 'conversions'] as const

/**
 * How one's own profile did in a period.
 *
 * @param profileId - One's own id, or nothing.
 * @throws `forbidden` for another person's profile, `profile_not_found`, `invalid_input`, `not_signed_in`.
 * @example
 * ```ts
 * const { views, contactClicks, messages } = await tertulia.analytics.profile()
 * ```
 */
export async function profileAnalytics(
  context: Context,
  profileId?: string,
  period?: Period & CallOptions,
): Promise<ProfileAnalytics> {
  const operation = 'analytics.profile'
  const { profileId: target, ...days } = parseInput(operation, input, [profileId, period])
  const given = { profileId: target, ...toArguments(days) }
  return call(context, operation, period, 'get_profile_analytics', given, analytics)
}

/**
 * The way from a view of one's own profile to a conversion, step by step with rates.
 *
 * @throws What {@link profileAnalytics} throws.
 * @example
 * ```ts
 * for (const { step, count, rate } of await tertulia.analytics.funnel()) console.log(step, count, rate)
 * ```
 */
export async function profileFunnel(
  context: Context,
  profileId?: string,
  period?: Period & CallOptions,
): Promise<FunnelStep[]> {
  const counts = await profileAnalytics(context, profileId, period)
  return steps.map((step, at) => {
    const before = at > 0 && counts[steps[at - 1] as 'views']
    return { step, count: counts[step], rate: before ? counts[step] / before : null }
  })
}
