import { browserLifecycle } from '../live/lifecycle.ts'
import { createUserChannel } from '../live/user-channel.ts'
import { systemClock } from './clock.ts'
import type { AnySupabaseClient, Context, OfflineCache, TertuliaOptions } from './context.ts'
import { refusal } from './error.ts'
import { isLocalHost } from './local-host.ts'
import { parseInput } from './parse.ts'
import { object, type Reader } from './shape.ts'
import { type LockedStorage, openStorage } from './storage.ts'

const operation = 'createTertulia'

const userChannels = new WeakMap<object, Context['userChannel']>()

/** The project's host. supabase-js keeps its URL to itself; the endpoint of its socket is public and has the same host. */
function readProject(supabase: AnySupabaseClient, allowInsecureUrl: boolean): string {
  const { protocol, hostname, host } = new URL(supabase.realtime.endpointURL())
  if (protocol === 'ws:' && !allowInsecureUrl && !isLocalHost(hostname)) {
    throw refusal('insecure_url', operation, `${hostname} is addressed by plain http`)
  }
  return host
}

/** The features that some engines of React Native lack, by the names of their polyfills. */
function findMissing(): string[] {
  const missing = ['TextEncoder', 'TextDecoder', 'btoa', 'atob', 'crypto'].filter(
    (name) => !(name in globalThis),
  )
  try {
    // React Native's own URL takes an address and throws at the first part that it is asked for.
    new URL('http://a').host
  } catch {
    missing.push('URL')
  }
  return missing
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
 * Creates what the domains share. `createTertulia` calls it. Call it yourself to use one domain alone, or the operations of `tertulia/chat`.
 *
 * @param supabase - From `createClient(url, publishableKey)`, with any Database type.
 * @param options - As for `createTertulia`.
 * @throws `invalid_input` when `supabase` is not a supabase-js client or an option does not exist, `insecure_url` for plain http to a host
 * outside of private networks, `missing_feature` when the JavaScript engine needs a polyfill.
 * @example
 * ```ts
 * import { createClient } from '@supabase/supabase-js'
 * import { createChat } from 'tertulia/chat'
 *
 * const chat = createChat(createContext(createClient(url, publishableKey)))
 * ```
 */
export function createContext(supabase: AnySupabaseClient, options: TertuliaOptions = {}): Context {
  const missing = findMissing()
  if (missing.length > 0) {
    throw refusal('missing_feature', operation, `this engine has no ${missing.join(', no ')}`)
  }
  if (typeof supabase?.schema !== 'function' || typeof supabase.realtime?.endpointURL !== 'function') {
    throw refusal('invalid_input', operation, 'it takes a supabase-js client', {
      hint: 'Pass what createClient(url, publishableKey) returns.',
    })
  }
  const {
    onOperation: report,
    onGap: reportGap,
    allowInsecureUrl,
    cache,
    ...rest
  } = parseInput(
    operation,
    object({
      onOperation: observing as Reader<Context['report']>,
      onGap: observing as Reader<Context['reportGap']>,
      storage: openStorage as Reader<LockedStorage>,
      cache: orElse(undefined) as Reader<OfflineCache | undefined>,
      lifecycle: orElse(browserLifecycle),
      requireConsent: orElse(false),
      allowInsecureUrl: orElse(false),
      timeoutMs: orElse(15_000),
      clock: orElse(systemClock),
      random: orElse(Math.random),
    }),
    options,
  )
  const closer = new AbortController()
  const context: Context = {
    ...rest,
    closed: closer.signal,
    close: () => closer.abort(),
    supabase: supabase as Context['supabase'],
    project: readProject(supabase, allowInsecureUrl),
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
  if (cache) context.offline = cache.attach(context)
  return context
}
