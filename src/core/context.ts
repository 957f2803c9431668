import type { SupabaseClient } from '@supabase/supabase-js'
import type { Database } from '../database.types.ts'
import { type Clock, systemClock } from './clock.ts'
import { refusal } from './error.ts'
import type { ErrorCode } from './error-codes.ts'
import { browserLifecycle, type Lifecycle } from './lifecycle.ts'
import { isLocalHost } from './local-host.ts'
import { parseInput } from './parse.ts'
import { object, type Reader } from './shape.ts'
import { type KeyValueStorage, type LockedStorage, openStorage } from './storage.ts'
import { createUserChannel, type UserChannel } from './user-channel.ts'

/** Any supabase-js client, whatever Database type it was made with. */
// biome-ignore lint/suspicious/noExplicitAny: the app's own Database type is none of our business
export type AnySupabaseClient = SupabaseClient<any, any, any, any, any>

/** What happened in one request, for metrics and logs. Never carries content. */
export interface OperationReport {
  operation: string
  durationMs: number
  /** 1 for the first try. */
  attempt: number
  /** The error's code, or null when it went well. */
  code: ErrorCode | null
}

/**
 * An open conversation missed changes, or has them now. Events come in pairs, unless it closes in between.
 */
export interface GapReport {
  kind: 'detected' | 'repaired'
  conversationId: string
  /** Number of the first change that is missing, or was. */
  from: number
  /** Number of the last one that is known to be missing; when repaired, up to which all is there. */
  to: number
  /** How many changes that is. */
  count: number
}

/** What an app may set. */
export interface TertuliaOptions {
  /** Called after every request. What it throws is ignored. */
  onOperation?: (report: OperationReport) => void
  /** Called when an open conversation missed something, and when it is whole again. What it throws is ignored. */
  onGap?: (report: GapReport) => void
  /** Tells when the app woke up; the browser's events unless given. */
  lifecycle?: Lifecycle
  /** Where unsent messages are kept; the page's `localStorage` unless given, and memory where there is none. */
  storage?: KeyValueStorage
  /** Whether analytics note, keep and send nothing before `analytics.optIn()`; false unless given. */
  requireConsent?: boolean
  /** Longest wait for one answer in milliseconds; 15,000 unless given. */
  timeoutMs?: number
  /** Time, for tests. */
  clock?: Clock
  /** Random numbers from 0 to 1, for tests. */
  random?: () => number
}

/** What the domains share for one supabase-js client. */
export interface Context {
  readonly supabase: SupabaseClient<Database>
  /** Names the project in keys: the host of its API. */
  readonly project: string
  readonly userChannel: UserChannel
  readonly storage: LockedStorage
  readonly lifecycle: Lifecycle
  readonly requireConsent: boolean
  readonly timeoutMs: number
  readonly clock: Clock
  readonly random: () => number
  readonly report: (report: OperationReport) => void
  readonly reportGap: (report: GapReport) => void
  /** Runs before each request that does not say itself what to run; see `CallRequest`. */
  readonly prepare?: () => Promise<string | undefined>
}

const operation = 'createTertulia'

const userChannels = new WeakMap<AnySupabaseClient, UserChannel>()

/** The project's host. supabase-js keeps its URL to itself; the endpoint of its socket is public and has the same host. */
function readProject(supabase: AnySupabaseClient): string {
  const { protocol, hostname, host } = new URL(supabase.realtime.endpointURL())
  if (protocol === 'ws:' && !isLocalHost(hostname)) {
    throw refusal('insecure_url', operation, `${hostname} is addressed by plain http`)
  }
  return host
}

/** Calls an observer, if there is one. A broken one breaks nothing else. */
function observing<T>(observe: ((report: T) => void) | undefined): (report: T) => void {
  return (report) => {
    try {
      observe?.(report)
    } catch {
      // Its own mistake.
    }
  }
}

const orElse =
  <T>(fallback: T): Reader<T> =>
  (value) =>
    (value as T) ?? fallback

/**
 * Makes what the domains share. `createTertulia` calls it; call it yourself to use one domain alone.
 *
 * @throws `invalid_input` without a supabase-js client or for an option that does not exist, `insecure_url` for plain http
 * to a host that is not this one.
 * @example
 * ```ts
 * const chat = createChat(createContext(supabase))
 * ```
 */
export function createContext(supabase: AnySupabaseClient, options: TertuliaOptions = {}): Context {
  if (typeof supabase?.rpc !== 'function' || typeof supabase.realtime?.endpointURL !== 'function') {
    throw refusal('invalid_input', operation, 'it takes a supabase-js client', {
      hint: 'Pass what createClient(url, publishableKey) returns.',
    })
  }
  const {
    onOperation: report,
    onGap: reportGap,
    ...rest
  } = parseInput(
    operation,
    object({
      onOperation: observing as Reader<Context['report']>,
      onGap: observing as Reader<Context['reportGap']>,
      storage: openStorage as Reader<LockedStorage>,
      lifecycle: orElse(browserLifecycle),
      requireConsent: orElse(false),
      timeoutMs: orElse(15_000),
      clock: orElse(systemClock),
      random: orElse(Math.random),
    }),
    options,
  )
  const context: Context = {
    ...rest,
    supabase,
    project: readProject(supabase),
    report,
    reportGap,
    get userChannel() {
      // One for each client, however many contexts stand on it: two would take the channel from each other for ever.
      let channel = userChannels.get(supabase)
      if (!channel) {
        channel = createUserChannel(context)
        userChannels.set(supabase, channel)
      }
      return channel
    },
  }
  return context
}
