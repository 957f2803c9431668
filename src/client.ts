import { type Analytics, createAnalytics } from './analytics/index.ts'
import { type Chat, createChat } from './chat/index.ts'
import type { AnySupabaseClient, TertuliaOptions } from './core/context.ts'
import { createContext } from './core/create-context.ts'
import { createProfiles, type Profiles } from './profiles/index.ts'
import { createSharing, type Sharing } from './sharing/index.ts'
import { createSongs, type Songs } from './songs/index.ts'

/**
 * A client with all domains on one supabase-js client. Every call that fails rejects with a `TertuliaError`; each member lists the codes of
 * its own. Any call to the server can also reject with `unreachable`, `timeout`, `unavailable`, `aborted` (your signal), `session_expired`,
 * `unsupported_identity`, `account_not_found`, `conflict`, `schema_outdated`, `invalid_key`, `invalid_answer` and `unknown`.
 */
export interface Tertulia {
  /** Profiles of users and the directory that searches them. */
  readonly profiles: Profiles
  /** Conversations, messages, the inbox, blocks and reports. */
  readonly chat: Chat
  /** Songs in ChordPro, their search, tags, versions and trash. */
  readonly songs: Songs
  /** Shares, links, transfers and notices of songs. */
  readonly sharing: Sharing
  /** Usage of songs and profiles. */
  readonly analytics: Analytics
  /**
   * Closes every live handle and ends background work: sending unsent messages, analytics, timers and listeners. Unsent messages stay in
   * storage for the next client. Other calls still work. Closing again does nothing.
   *
   * @example
   * ```ts
   * tertulia.close()
   * ```
   */
  close(): void
}

/**
 * Creates a client on your supabase-js client, which you can use for other things too. In a page, and wherever you pass a `storage`, it
 * sends messages that an earlier start left unsent. It sends, opens and schedules nothing else before your first call.
 *
 * @param supabase - From `createClient(url, publishableKey)`, with any Database type.
 * @param options - Storage, timeouts, callbacks for metrics, and replacements for tests.
 * @throws `invalid_input` when `supabase` is not a supabase-js client or an option does not exist, `insecure_url` for plain http to a host
 * outside of private networks, `missing_feature` when the JavaScript engine needs a polyfill.
 * @example
 * ```ts
 * import { createClient } from '@supabase/supabase-js'
 * import { createTertulia } from 'tertulia'
 *
 * const tertulia = createTertulia(createClient(url, publishableKey))
 * const me = await tertulia.profiles.get()
 * ```
 */
export function createTertulia(supabase: AnySupabaseClient, options?: TertuliaOptions): Tertulia {
  const context = createContext(supabase, options)
  return {
    profiles: createProfiles(context),
    chat: createChat(context),
    songs: createSongs(context),
    sharing: createSharing(context),
    analytics: createAnalytics(context),
    close: context.close,
  }
}
