import { call } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import { calledWith, id, parseInput } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
import { flag, integer, optional, type Reader, row, text } from '../core/shape.ts'
import { type CountryViews, countries, type Period, periodFields, toArguments } from './period.ts'

/** How a profile did in a period, from a view to a conversion. */
export interface ProfileAnalytics {
  profileId: string
  /** The first day. */
  from: string
  /** The last day. */
  to: string
  /** Viewers, each once a day, without the owner, bots and repeats. */
  views: number
  /** Different viewers: users over the whole period, visitors again each day. */
  uniqueViewers: number
  /** Whether `uniqueViewers` is an estimate, as above 50,000 views. */
  estimated: boolean
  /** Clicks on the contact button, each viewer once a day. */
  contactClicks: number
  /** Direct conversations that other users opened with this user. */
  conversations: number
  /** All messages in those conversations, from both users. */
  messages: number
  /** Conversations that led to a conversion, as the other user or your server recorded. */
  conversions: number
  /** Ordered by views, the most first. */
  countries: CountryViews[]
}

/** One step from a view to a conversion. */
export interface FunnelStep {
  /** The step, in the order of this list. */
  step: 'views' | 'contactClicks' | 'conversations' | 'conversions'
  /** How often it happened in the period. */
  count: number
  /** The count divided by the count of the step before; null for the first step, and after a step with 0. It can be above 1. */
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
