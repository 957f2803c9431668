import type { SupabaseClient } from '@supabase/supabase-js'
import type { Database } from '../database.types.ts'
import type { Lifecycle } from '../live/lifecycle.ts'
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
  /**
   * Where unsent messages and analytics events are kept; the page's `localStorage` unless given, and memory where there is none. A client
   * with a storage that you pass sends by itself what an earlier start left unsent, so pass none on a server.
   */
  storage?: KeyValueStorage
  /** Whether analytics note, keep and send nothing before `analytics.optIn()`; false unless given. */
  requireConsent?: boolean
  /**
   * Allows plain http to any host; false unless given. Without it plain http works on this machine and in private networks only. With
   * it everybody on the way can read and change what is sent, the user's token included.
   */
  allowInsecureUrl?: boolean
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
  /** Fires when {@link close} is called. */
  readonly closed: AbortSignal
  /** Closes every live handle and ends all that runs by itself, for good. What is unsent stays in storage. */
  close(): void
  /** Runs before each request that does not say itself what to run; see `CallRequest`. */
  readonly prepare?: () => Promise<string | undefined>
}
