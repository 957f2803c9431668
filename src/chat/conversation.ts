import type { CallOptions } from '../core/run.ts'
import type { LiveHandle, LiveState } from '../live/types.ts'
import type { Conversation, Message, MessageChanges, NewMessage, PendingMessage } from './schema.ts'

/** What an open conversation shows; a new object after each change, never changed itself. */
export interface ConversationSnapshot extends LiveState<'removed'> {
  /** Null until it is first known. */
  conversation: Conversation | null
  /** In order of `seq` and without gap: what was loaded, and all that came since. */
  messages: readonly Message[]
  hasOlder: boolean
  /** After a jump back, whether newer messages than those in `messages` are there. */
  hasNewer: boolean
  /** Position up to which one has read oneself. */
  lastReadSeq: number
  /** Messages after it; deleted ones do not count. */
  unread: number
  /** Ids of the others who type, by their own word; it ends by itself. */
  typing: readonly string[]
  /** Ids of the others who have the conversation open, by their own word. */
  present: readonly string[]
  /** One's own messages that the database does not have yet, in the order of sending; they belong after `messages`. */
  pending: readonly PendingMessage[]
}

/** How to load a page. */
export interface LoadOptions extends CallOptions {
  /** How many messages at most, 1 to 200; 50 unless told. */
  limit?: number
}

/** A conversation held live. */
export interface OpenConversation extends LiveHandle<ConversationSnapshot> {
  readonly id: string
  /**
   * Sends a message. It shows in `pending` at once, and in `messages` when the database has it. Resolves when it is kept in storage:
   * from then on it is sent once and in order, also after the end of the app, without a network at the start, and when nothing is
   * open. When the storage is full, it is kept in memory until there is room. A message that failed for good shows in `pending`.
   *
   * @throws `invalid_input`, `closed`, `not_signed_in`.
   * @example
   * ```ts
   * const { id } = await conversation.send({ content: 'Hello' })
   * ```
   */
  send(message: NewMessage): Promise<PendingMessage>
  /** Sends a failed message of `pending` again, in its old place. Throws `invalid_input`, `closed`. */
  retry(messageId: string): Promise<void>
  /**
   * Removes a message of `pending`. A message that is being sent may arrive all the same. Throws `invalid_input`, `closed`. Use
   * {@link Chat.discardUnsent} where nothing is open.
   */
  discard(messageId: string): Promise<void>
  /**
   * Changes your own message, for 24 hours: its text, or any of text, mentions, attachments and metadata. Actions on one message (edit,
   * delete, react) are made in the order of the calls, also those of another handle and of the plain calls. Throws what
   * {@link Chat.editMessage} throws, and `closed`.
   */
  edit(messageId: string, changes: string | MessageChanges): Promise<Message>
  /** Deletes a message for everyone. Throws what {@link Chat.deleteMessage} throws, and `closed`. */
  delete(messageId: string): Promise<Message>
  /** Reacts, or takes a reaction back when `present` is false. Throws what {@link Chat.react} throws, and `closed`. */
  react(messageId: string, emoji: string, present?: boolean): Promise<Message>
  /**
   * Marks as read up to a position, or up to the newest message in `messages`. Call it as often as you like: there is one
   * request at a time, and none where nothing is new. What fails is tried again once it is live again.
   */
  markRead(seq?: number): Promise<void>
  /** Loads the page before the oldest message shown: 50 messages, or `limit` up to 200. Throws `closed`. */
  loadOlder(options?: LoadOptions): Promise<void>
  /** Loads the page after the newest message shown, after a jump back. Throws `closed`. */
  loadNewer(options?: LoadOptions): Promise<void>
  /**
   * Shows a message: loads a page around it if it is not in `messages`. Far back, what shows is then apart from the
   * newest messages (`hasNewer`), until `loadNewer` has closed the gap or you jump to the newest. More than 1,000 changes
   * behind, as after a long sleep, it is back at the newest by itself.
   *
   * @throws `message_not_found`, `conversation_not_found` when the user was removed, `closed`.
   */
  jumpTo(messageId: string, options?: LoadOptions): Promise<void>
  /** Shows the newest messages again. */
  jumpToNewest(): void
  /**
   * Tells the others who have it open that one types; call it at each keystroke. They hear of it at most once in 3 s, and
   * it ends by itself 3 s after the last call, or after a call with false.
   */
  setTyping(typing: boolean): void
  /** Ends it. You can call it again. What is pending is sent all the same; `tertulia.close()` ends that too. */
  close(): void
}
