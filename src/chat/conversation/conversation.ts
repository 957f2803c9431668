import type { CallOptions } from '../../core/run.ts'
import type { LiveHandle, LiveState } from '../../live/types.ts'
import type { MessageChanges, NewMessage, PendingMessage } from '../messages/new-message.ts'
import type { Conversation, Message } from '../schema.ts'

/** The state of an open conversation: an immutable object, a new one after each change. */
export interface ConversationSnapshot extends LiveState<'removed'> {
  /** Null until it is loaded. */
  conversation: Conversation | null
  /** Ordered by `seq` without gaps: the loaded messages, and all that came since. */
  messages: readonly Message[]
  /** Whether `loadOlder` finds more. */
  hasOlder: boolean
  /** Whether `messages` ends before the newest message, as it can after `jumpTo`. */
  hasNewer: boolean
  /** Your read position. */
  lastReadSeq: number
  /** How many messages come after your read position. Deleted ones do not count, except beyond 1,000. */
  unread: number
  /** Ids of the other users who are typing, as their clients say. */
  typing: readonly string[]
  /** Ids of the other users who have the conversation open, as their clients say. */
  present: readonly string[]
  /** Your messages that the database does not have yet, in the order of sending. Show them after `messages`. */
  pending: readonly PendingMessage[]
}

/** How to load a page of messages. */
export interface LoadOptions extends CallOptions {
  /** How many messages at most: 1 to 200, default 50. */
  limit?: number
}

/** A conversation held live. Typing and presence work in at most 50 open conversations; the others still receive messages. */
export interface OpenConversation extends LiveHandle<ConversationSnapshot> {
  /** The conversation's id. */
  readonly id: string
  /**
   * Sends a message. It shows in `pending` at once, and in `messages` when the database has it. The promise resolves when the message is
   * in storage: from then on it is sent once and in order, also without a network, after a restart, and when nothing is open. When the
   * storage is full, it is kept in memory until there is room. A message that cannot be sent shows in `pending` as `failed`.
   *
   * @param message - `content` has 1 to 8,000 characters. Attachments (at most 10), `replyTo`, `mentions` (at most 50), `songId` are optional.
   * @returns The message as it shows in `pending`.
   * @throws `invalid_input`, `closed`, `not_signed_in`.
   * @example
   * ```ts
   * const { id } = await conversation.send({ content: 'Hello' })
   * ```
   */
  send(message: NewMessage): Promise<PendingMessage>
  /**
   * Retries a failed message of `pending`, in its old place.
   *
   * @param messageId - The message's id.
   * @throws `invalid_input`, `closed`, `not_signed_in`.
   * @example
   * ```ts
   * const failed = conversation.getSnapshot().pending.filter(({ status }) => status === 'failed')
   * for (const { id } of failed) await conversation.retry(id)
   * ```
   */
  retry(messageId: string): Promise<void>
  /**
   * Removes a message from `pending`. A message that is being sent may still arrive. `chat.discardUnsent` does this without an open
   * conversation.
   *
   * @param messageId - The message's id.
   * @throws `invalid_input`, `closed`, `not_signed_in`.
   * @example
   * ```ts
   * for (const { id } of conversation.getSnapshot().pending) await conversation.discard(id)
   * ```
   */
  discard(messageId: string): Promise<void>
  /**
   * Changes your own message, up to 24 hours after you sent it: its text, or any of text, mentions, attachments and metadata. A
   * field that you give replaces the whole field; the others stay, also when another device changes them. Edits, deletions and
   * reactions of one message run in the order of your calls.
   *
   * @param messageId - The message's id.
   * @param changes - The new text, or an object of the fields to change.
   * @returns The message after the change.
   * @throws `message_not_found`; `forbidden` for another user's message, and for a member of an announcement group; `too_late` after 24
   * hours; `blocked`; `rate_limited` after 60 edits and reactions in 10 s; `invalid_input`; `closed`; `not_signed_in`.
   * @example
   * ```ts
   * await conversation.edit(message.id, 'What I meant to say')
   * await conversation.edit(message.id, { mentions: [ben.id], attachments: [] })
   * ```
   */
  edit(messageId: string, changes: string | MessageChanges): Promise<Message>
  /**
   * Deletes a message for everyone. It keeps its position, with empty content. You can delete your own messages; owners and admins of a
   * group, and moderators, can delete any. Deleting again does nothing.
   *
   * @param messageId - The message's id.
   * @returns The emptied message.
   * @throws `message_not_found`, `forbidden` for a message that you may not delete, `invalid_input`, `closed`, `not_signed_in`.
   * @example
   * ```ts
   * await conversation.delete(message.id)
   * ```
   */
  delete(messageId: string): Promise<Message>
  /**
   * Adds your reaction to a message, or removes it when `present` is false. Doing so again does nothing.
   *
   * @param messageId - The message's id.
   * @param emoji - One emoji. A message has at most 20 different ones.
   * @param present - True by default; false removes the reaction.
   * @returns The message after the change.
   * @throws `message_not_found`; `too_many_reactions`; `blocked`; `rate_limited` after 60 edits and reactions in 10 s; `invalid_input`;
   * `closed`; `not_signed_in`.
   * @example
   * ```ts
   * await conversation.react(message.id, '🎸')
   * ```
   */
  react(messageId: string, emoji: string, present?: boolean): Promise<Message>
  /**
   * Marks the conversation as read up to a position. Call it as often as you like: one request runs at a time, and none when nothing is
   * new. A failed request is retried when the handle is live again.
   *
   * @param seq - The `seq` of the last message that the user has read; the newest one of `messages` when you leave it out.
   * @throws `invalid_input`, `closed`, `not_signed_in`.
   * @example
   * ```ts
   * await conversation.markRead()
   * ```
   */
  markRead(seq?: number): Promise<void>
  /**
   * Loads the page before the oldest message of `messages`. Does nothing when `hasOlder` is false.
   *
   * @param options - `limit`: 1 to 200 messages, default 50.
   * @throws `invalid_input`, `conversation_not_found` when you were removed, `closed`, `not_signed_in`.
   * @example
   * ```ts
   * if (conversation.getSnapshot().hasOlder) await conversation.loadOlder({ limit: 100 })
   * ```
   */
  loadOlder(options?: LoadOptions): Promise<void>
  /**
   * Loads the page after the newest message of `messages`. Does nothing when `hasNewer` is false.
   *
   * @param options - `limit`: 1 to 200 messages, default 50.
   * @throws `invalid_input`, `conversation_not_found` when you were removed, `closed`, `not_signed_in`.
   * @example
   * ```ts
   * if (conversation.getSnapshot().hasNewer) await conversation.loadNewer()
   * ```
   */
  loadNewer(options?: LoadOptions): Promise<void>
  /**
   * Shows a message: loads a page around it when it is not in `messages`. `hasNewer` is true until `loadNewer` or `jumpToNewest` reaches
   * the newest message. A handle that is more than 1,000 changes behind, as after a long sleep, returns to the newest messages.
   *
   * @param messageId - The message's id.
   * @param options - `limit`: 1 to 200 messages, default 50.
   * @throws `message_not_found`, `conversation_not_found` when you were removed, `invalid_input`, `closed`, `not_signed_in`.
   * @example
   * ```ts
   * await conversation.jumpTo(message.id)
   * ```
   */
  jumpTo(messageId: string, options?: LoadOptions): Promise<void>
  /**
   * Shows the newest messages again after `jumpTo`.
   *
   * @example
   * ```ts
   * conversation.jumpToNewest()
   * ```
   */
  jumpToNewest(): void
  /**
   * Shows the other users that you are typing. Call it at each keystroke: it is sent at most every 3 s. It ends 3 s after the last call,
   * or at once with false.
   *
   * @param typing - False when the user stops.
   * @example
   * ```ts
   * conversation.setTyping(true)
   * ```
   */
  setTyping(typing: boolean): void
  /**
   * Closes the handle. Messages in `pending` are still sent; `tertulia.close()` ends that too. Closing again does nothing.
   *
   * @example
   * ```ts
   * conversation.close()
   * ```
   */
  close(): void
}
