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
