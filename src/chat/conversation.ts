import type { TertuliaError } from '../core/error.ts'
import type { CallOptions } from '../core/run.ts'
import type { CloseReason } from '../core/user-channel.ts'
import type { Conversation, Message, NewMessage, PendingMessage } from './schema.ts'

/**
 * How an open conversation stands: `connecting` until it is first live, `live` when it equals the database and hears of
 * changes, `catching-up` while it fetches what it missed, `offline` while it cannot, `closed` for good.
 */
export type ConversationStatus = 'connecting' | 'live' | 'catching-up' | 'offline' | 'closed'

/** What an open conversation shows; a new object after each change, never changed itself. */
export interface ConversationSnapshot {
  status: ConversationStatus
  /** Why it is closed: by you, by a sign-out, because you left or were removed, or by an error that stays. */
  closeReason: CloseReason | 'removed' | 'error' | null
  /** The newest failure while `offline`, or the one that closed it. */
  error: TertuliaError | null
  /** Null until it is first known. */
  conversation: Conversation | null
  /** In order of `seq`: the newest page, the older ones that were loaded, and all that came since. */
  messages: readonly Message[]
  hasOlder: boolean
  /** One's own messages that the database does not have yet, in the order of sending; they belong after `messages`. */
  pending: readonly PendingMessage[]
}

/** A conversation held live. */
export interface OpenConversation {
  readonly id: string
  /** The same object until something changes: made for `useSyncExternalStore`. */
  getSnapshot(): ConversationSnapshot
  /** Calls back after each change; returns what ends it. */
  subscribe(listener: () => void): () => void
  /**
   * Sends a message: it shows in `pending` at once, and in `messages` when the database has it. Resolves when it is kept
   * in storage: from then on it will be sent, once and in order, whatever happens to the network or the app. Whether it
   * went wrong for good shows in `pending`.
   *
   * @throws `invalid_input`, `closed`, `not_signed_in`.
   */
  send(message: NewMessage): Promise<PendingMessage>
  /** Tries a message of `pending` that failed again. */
  retry(messageId: string): Promise<void>
  /** Gives a message of `pending` up. One that is on its way may arrive all the same. */
  discard(messageId: string): Promise<void>
  /** Loads the page before the oldest message shown: 50 messages, or `limit` up to 200. Throws `closed`. */
  loadOlder(options?: CallOptions & { limit?: number }): Promise<void>
  /** Ends it; may be called again. What is pending stays in storage and is sent when a conversation is open again. */
  close(): void
}
