import type { TertuliaError } from '../core/error.ts'

/**
 * The state of a live handle: `connecting` until it is first live, `live` while it equals the database and receives changes,
 * `catching-up` while it fetches what it missed, `offline` while it cannot, and `closed` permanently.
 */
export type LiveStatus = 'connecting' | 'live' | 'catching-up' | 'offline' | 'closed'

/** Why a live handle is closed: you closed it, or the user signed out. */
export type CloseReason = 'closed' | 'signed-out'

/** The part that the snapshots of all live handles share. */
export interface LiveState<Reason extends string = never> {
  /** The handle's state. */
  status: LiveStatus
  /** Why the handle is closed: you closed it, the user signed out, the user was `removed`, or an `error` that a retry does not cure. */
  closeReason: CloseReason | Reason | 'error' | null
  /** The newest failure while `offline`, or the failure that closed the handle. */
  error: TertuliaError | null
  /** Whether the database has answered this handle. Until then the snapshot comes from the cache of `tertulia/offline`. */
  confirmed: boolean
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

/** The part of every domain that reports who is signed in. */
export interface UserChanges {
  /**
   * Calls `listener` with the id of the signed-in user soon after this call, and whenever a user signs in or out. The id is null when no user
   * is signed in. A session that cannot be refreshed now is reported when it can. Clients with third-party tokens report nothing.
   *
   * @param listener - Called with the user's id or null.
   * @returns A function that ends it.
   * @example
   * ```ts
   * const stop = tertulia.chat.onUserChange((userId) => console.log(userId ?? 'signed out'))
   * ```
   */
  onUserChange(listener: (userId: string | null) => void): () => void
}

/** The events of one joined channel. */
export interface TopicListener {
  /** The channel is joined, for the first time or again. Events sent before this moment may be lost. */
  onJoined(): void
  /** The channel is not joined; the client is rebuilding it. */
  onLost(): void
  onEvent(event: string, payload: unknown): void
  /** Makes the user present in the channel by id, and passes on the ids of all users who are present. */
  onPresence?(userIds: string[]): void
}

/** The events of the user channel. Broadcasts of the database are hints that may be lost, repeated or late. */
export interface UserChannelListener extends Omit<TopicListener, 'onPresence'> {
  /** The user signed out, or another user signed in; no event follows. */
  onSignedOut(): void
}

/** The one private channel `user:<id>` that carries every domain's events, open while it has listeners. */
export interface UserChannel {
  /** Listens as this user. Returns what ends that. */
  listen(userId: string, listener: UserChannelListener): () => void
  /** Ends it for all listeners when it belongs to another user than the one who is signed in now. */
  expect(userId: string | null): void
}

/** The parts in which one kind of live handle differs from the others. */
export interface Parts<Reason extends string, Snapshot> {
  /** A user is signed in: starts its other listeners, and returns what ends them. */
  begin(userId: string): (() => void)[]
  /** An event of the user channel. */
  hear(event: string, payload: unknown): void
  /**
   * Asks the database once and applies the answer; `gap` when the answer lacks something that is known to exist.
   *
   * @param kept - An answer of the cache, to apply without a request.
   */
  synchronise(kept?: unknown): Promise<'complete' | 'gap'>
  /** The handle has another status. */
  onStatus?(status: LiveStatus): void
  /** The device woke up, or the channel is joined. */
  onAwake?(): void
  /** Everything that was known to be missing has arrived, or was requested often enough. */
  onComplete?(): void
  /** Synchronising failed and will be tried again. */
  onFailure?(): void
  /** The reason to close the handle after this error of the database, or null to retry. */
  reasonOf?(error: TertuliaError): Reason | 'error' | null
  onEnded(reason: CloseReason | Reason | 'error'): void
  /** @param show - What a cache shows in place of rows. */
  snapshot(state: LiveState<Reason>, show?: <Row>(rows: readonly Row[]) => readonly Row[]): Snapshot
  /** The name of the handle in the cache: empty for an inbox, the id for a conversation. Without a name the cache keeps nothing. */
  name?: string
  /** The state that the cache keeps of the handle. */
  dump?(): unknown
}
