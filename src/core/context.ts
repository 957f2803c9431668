import type { SupabaseClient } from '@supabase/supabase-js'
import type { Database } from '../database.types.ts'
import type { Lifecycle } from '../live/lifecycle.ts'
import type { Later, Offline } from '../live/offline.ts'
import type { UserChannel } from '../live/types.ts'
import type { Clock } from './clock.ts'
import type { ErrorCode } from './error-codes.ts'
import type { KeyValueStorage, LockedStorage } from './storage.ts'

/**
 * Any supabase-js client, whatever its Database type and its default schema. Only the members that Tertulia uses are named: the class
 * itself is declared twice, for modules and for CommonJS, and TypeScript accepts neither in place of the other.
 */
export interface AnySupabaseClient {
  // biome-ignore-start lint/suspicious/noExplicitAny: each Database type has functions and schemas of its own
  rpc(name: any, ...rest: any[]): any
  schema(name: any): any
  channel(topic: string, ...rest: any[]): any
  removeChannel(channel: any): any
  getChannels(): any
  readonly auth: { getSession(): any; onAuthStateChange(changed: any): any; signOut(...rest: any[]): any }
  readonly realtime: { endpointURL(): string; isConnected(): boolean; setAuth(...rest: any[]): any }
  readonly storage: { from(bucket: string): any }
  // biome-ignore-end lint/suspicious/noExplicitAny: each Database type has functions and schemas of its own
}

/** One request, for metrics and logs. It has no content. */
export interface OperationReport {
  /** The operation, such as `chat.send`. */
  operation: string
  /** The time from the call to the answer, in milliseconds. */
  durationMs: number
  /** The number of the attempt: 1 for the first one. */
  attempt: number
  /** The error's code, or null after a success. */
  code: ErrorCode | null
}

/** An open conversation missed changes (`detected`) or has fetched them (`repaired`). Events come in pairs unless the handle closes. */
export interface GapReport {
  kind: 'detected' | 'repaired'
  conversationId: string
  /** Revision of the first missing change. */
  from: number
  /** Revision of the last known missing change; when repaired, of the last change that is there. */
  to: number
  /** How many changes. */
  count: number
}

/** A cache of `tertulia/offline`. Its member is internal. */
export interface OfflineCache {
  /** Begins to keep what this client shows. */
  attach(context: Context): Offline
}

/** Options of `createTertulia` and `createContext`. */
export interface TertuliaOptions {
  /** Called after every request. Its errors are ignored. */
  onOperation?: ((report: OperationReport) => void) | undefined
  /** Called when an open conversation missed changes, and when it has fetched them. Its errors are ignored. */
  onGap?: ((report: GapReport) => void) | undefined
  /** Reports when the app wakes; the browser's events by default. */
  lifecycle?: Lifecycle | undefined
  /**
   * Stores unsent messages and analytics events: by default the page's `localStorage`, and memory without a page. With a storage that you
   * pass, the client sends what an earlier start left unsent; do not pass one on a server.
   */
  storage?: KeyValueStorage | undefined
  /** Keeps what chat shows on the device, for a start without a network: from `createCache` of `tertulia/offline`. None by default. */
  cache?: OfflineCache | undefined
  /** Whether analytics queue and send nothing before `analytics.optIn()`. Default false. */
  requireConsent?: boolean | undefined
  /**
   * Allows plain http to any host. By default plain http works on this machine and in private networks only. On plain http everyone on
   * the network can read and change the traffic, with the user's token.
   */
  allowInsecureUrl?: boolean | undefined
  /** How long to wait for one answer, in milliseconds. Default 15,000. */
  timeoutMs?: number | undefined
  /** Replaces time in tests. */
  clock?: Clock | undefined
  /** Replaces random numbers (0 to below 1) in tests. */
  random?: (() => number) | undefined
}

/** The state that the domains of one supabase-js client share. Pass it on; its members are internal. */
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
  /** Fires when `close` is called. */
  readonly closed: AbortSignal
  /** Closes every live handle and stops all background work permanently. Unsent messages stay in storage. */
  close(): void
  /** Runs before each request that does not say itself what to run; see `CallRequest`. */
  readonly prepare?: () => Promise<string | undefined>
  /** The cache, when there is one. */
  offline?: Offline | undefined
  /** Makes a request that may be kept for later. */
  readonly later?: Later | undefined
}
