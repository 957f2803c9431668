import { type Analytics, createAnalytics } from './analytics/index.ts'
import { type Chat, createChat } from './chat/index.ts'
import type { AnySupabaseClient, TertuliaOptions } from './core/context.ts'
import { createContext } from './core/create-context.ts'
import { createProfiles, type Profiles } from './profiles/index.ts'
import { createSharing, type Sharing } from './sharing/index.ts'
import { createSongs, type Songs } from './songs/index.ts'

/** All domains on one supabase-js client. */
export interface Tertulia {
  readonly profiles: Profiles
  readonly chat: Chat
  readonly songs: Songs
  readonly sharing: Sharing
  readonly analytics: Analytics
  /**
   * Closes every live handle and ends what runs by itself: sending what is unsent, analytics, timers and listeners. What is unsent stays
   * in storage for the next client. You can call it again; other calls still work.
   *
   * @example
   * ```ts
   * tertulia.close()
   * ```
   */
  close(): void
}

/**
 * Makes the client: every domain on the supabase-js client that you have, which keeps doing whatever else you use it for.
 * In a page, and wherever you pass a `storage`, it looks for messages that an earlier start left unsent and sends them; nothing
 * else is sent, opened or scheduled before you call something.
 *
 * @param supabase - From `createClient(url, publishableKey)`; any Database type.
 * @throws `invalid_input` when that is not a supabase-js client or an option does not exist, `insecure_url` for plain http
 * to a host outside of private networks, `missing_feature` when the JavaScript engine lacks something and needs a polyfill.
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
