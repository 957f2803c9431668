import type { SupabaseClient } from '@supabase/supabase-js'
import type { Database } from '../database.types.ts'
import { type Clock, systemClock } from './clock.ts'
import { TertuliaError } from './error.ts'
import type { ErrorCode } from './error-codes.ts'
import { browserLifecycle, type Lifecycle } from './lifecycle.ts'
import { isLocalHost } from './local-host.ts'
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

/** What an app may set. */
export interface TertuliaOptions {
  /** Called after every request. What it throws is ignored. */
  onOperation?: (report: OperationReport) => void
  /** Tells when the app woke up; the browser's events unless given. */
  lifecycle?: Lifecycle
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
  readonly userChannel: UserChannel
  readonly lifecycle: Lifecycle
  readonly timeoutMs: number
  readonly clock: Clock
  readonly random: () => number
  readonly report: (report: OperationReport) => void
}

/** The project's URL. supabase-js keeps it to itself; the endpoint of its socket is public and has the same host. */
function checkUrl(supabase: AnySupabaseClient): void {
  const { protocol, hostname } = new URL(supabase.realtime.endpointURL())
  if (protocol === 'ws:' && !isLocalHost(hostname)) {
    throw new TertuliaError(
      'insecure_url',
      `unable to create the client; ${hostname} is addressed by plain http`,
      { operation: 'createTertulia' },
    )
  }
}

/**
 * Makes what the domains share. `createTertulia` calls it; call it yourself to use one domain alone.
 *
 * @throws `invalid_input` without a supabase-js client, `insecure_url` for plain http to a host that is not this one.
 * @example
 * ```ts
 * const chat = createChat(createContext(supabase))
 * ```
 */
export function createContext(supabase: AnySupabaseClient, options: TertuliaOptions = {}): Context {
  if (typeof supabase?.rpc !== 'function' || typeof supabase.realtime?.endpointURL !== 'function') {
    throw new TertuliaError('invalid_input', 'unable to create the client; it takes a supabase-js client', {
      operation: 'createTertulia',
      hint: 'Pass what createClient(url, publishableKey) of @supabase/supabase-js returns.',
    })
  }
  checkUrl(supabase)
  const partial: Omit<Context, 'userChannel'> = {
    supabase,
    lifecycle: options.lifecycle ?? browserLifecycle,
    timeoutMs: options.timeoutMs ?? 15_000,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
    report(report) {
      try {
        options.onOperation?.(report)
      } catch {
        // A broken observer breaks nothing else.
      }
    },
  }
  const context: Context = Object.assign(partial, { userChannel: createUserChannel(() => context) })
  return context
}
