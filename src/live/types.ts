import type { TertuliaError } from '../core/error.ts'

/**
 * The state of a live handle: `connecting` until it is first live, `live` while it equals the database and receives changes,
 * `catching-up` while it fetches what it missed, `offline` while it cannot, and `closed` for good.
 */
export type LiveStatus = 'connecting' | 'live' | 'catching-up' | 'offline' | 'closed'

/** Why a live handle is closed: you closed it, or the user signed out. */
export type CloseReason = 'closed' | 'signed-out'

/** The part that the snapshots of all live handles share. */
export interface LiveState<Reason extends string = never> {
  /** The handle's state. */
  status: LiveStatus
  /** Why it is closed: you closed it, the user signed out, the user was `removed`, or an `error` that a retry does not cure. */
  closeReason: CloseReason | Reason | 'error' | null
  /** The newest failure while `offline`, or the one that closed it. */
  error: TertuliaError | null
}

/** A live handle: a snapshot that follows the database. It fits React's `useSyncExternalStore`. */
export interface LiveHandle<Snapshot> {
  /**
   * Returns the present state: an immutable object, which is the same one until something changes. You can call it after `close()`.
   *
   * @example
   * ```ts
   * const { status, error } = inbox.getSnapshot()
   * if (status === 'offline') console.log(error?.message)
   * ```
   */
  getSnapshot(): Snapshot
  /**
   * Calls `listener` after each change, never during this call.
   *
   * @param listener - Called without arguments; read `getSnapshot()` in it.
   * @returns A function that ends it.
   * @example
   * ```ts
   * const stop = inbox.subscribe(() => console.log(inbox.getSnapshot().unread))
   * ```
   */
  subscribe(listener: () => void): () => void
  /**
   * Closes the handle: its `status` becomes `closed`, and it uses no connection, timer or listener. Closing again does nothing.
   *
   * @example
   * ```ts
   * inbox.close()
   * ```
   */
  close(): void
}
