import type { TertuliaError } from '../core/error.ts'

/**
 * How a live handle stands: `connecting` until it is first live, `live` while it equals the database and hears of changes,
 * `catching-up` while it fetches what it missed, `offline` while it cannot, `closed` for good.
 */
export type LiveStatus = 'connecting' | 'live' | 'catching-up' | 'offline' | 'closed'

/** Why a live handle is closed: you closed it, or the user signed out. */
export type CloseReason = 'closed' | 'signed-out'

/** What every snapshot of a live handle says of the handle. */
export interface LiveState<Reason extends string = never> {
  status: LiveStatus
  /** Why it is closed: by you, by a sign-out, because the user was `removed`, or by an error that trying again does not cure. */
  closeReason: CloseReason | Reason | 'error' | null
  /** The newest failure while `offline`, or the one that closed it. */
  error: TertuliaError | null
}

/** Something that is held live. It fits `useSyncExternalStore` and stores alike. */
export interface LiveHandle<Snapshot> {
  /** What it shows now. The same object until something changes; never changed itself. */
  getSnapshot(): Snapshot
  /** Calls `listener` after each change, never while subscribing. Returns what ends that. */
  subscribe(listener: () => void): () => void
  /** Ends it. You can call it again. */
  close(): void
}

/** What the code that keeps a channel joined hears of it. */
export interface TopicListener {
  /** It is joined, for the first time or again: what was sent before may have been missed. */
  onJoined(): void
  /** It is not joined; it is being rebuilt. */
  onLost(): void
  onEvent(event: string, payload: unknown): void
  /** Makes the user present there by id, and passes on the ids of all users who are present. */
  onPresence?(userIds: string[]): void
}

/** What a listener of the user channel hears: broadcasts of the database are hints that may be lost, repeated or late. */
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
