import type { Paged, PageOptions } from '../../core/page.ts'
import type { CallOptions } from '../../core/run.ts'
import type { ReadMark } from '../conversation/mark-read.ts'
import type { Conversation, Message } from '../schema.ts'
import type { MessageChanges, NewMessage } from './new-message.ts'

/** Calls that send, change and read messages. */
export interface MessageCalls {
  /**
   * Returns your direct conversation with another user, without opening it. The first call by either of you creates it. Two calls at once
   * return the same conversation.
   *
   * @param userId - The other user's id.
   * @throws `profile_not_found`; `blocked` when the user blocked you, or when you blocked the user and have no conversation yet; `invalid_input` for your own id;
   * `rate_limited` after 20 new conversations in an hour; `not_signed_in`.
   * @example
   * ```ts
   * const { id } = await tertulia.chat.getDirect(ben.id)
   * ```
   */
  getDirect(userId: string, options?: CallOptions): Promise<Conversation>
  /**
   * Sends a message and returns it as stored. It retries up to twice when the network or the server fails, and the message's id
   * deduplicates it. To retry later, keep the same id, or send through an open conversation, which also works offline.
   *
   * @param conversationId - The conversation's id.
   * @param message - `content` has 1 to 8,000 characters. Attachments (at most 10), `replyTo`, `mentions` (at most 50) and `songId` are optional.
   * @throws `conversation_not_found`; `forbidden` for a member of an announcement group; `blocked` in a direct conversation when one of you
   * blocked the other; `song_not_found`; `message_id_taken` when the id belongs to another message; `rate_limited` after 30 messages in 10
   * s; `account_not_found`; `invalid_input`; `not_signed_in`; when the network or the server still fails, `unreachable`, `timeout` or
   * `unavailable`.
   * @example
   * ```ts
   * const sent = await tertulia.chat.send(group.id, { content: '¡Hola!' })
   * await tertulia.chat.send(group.id, { content: 'Same to you', replyTo: sent.id, mentions: [ben.id] })
   * ```
   */
  send(conversationId: string, message: NewMessage, options?: CallOptions): Promise<Message>
  /**
   * Changes your own message, up to 24 hours after you sent it: its text, or any of text, mentions, attachments and metadata. A
   * field that you give replaces the whole field; the others stay, also when another device changes them. Edits, deletions and
   * reactions of one message run in the order of your calls.
   *
   * @param messageId - The message's id.
   * @param changes - The new text, or an object of the fields to change.
   * @returns The message after the change.
   * @throws `message_not_found`; `forbidden` for another user's message, and for a member of an announcement group; `too_late` after 24
   * hours; `blocked` in a direct conversation when one of you blocked the other; `rate_limited` after 60 edits and reactions in 10 s;
   * `invalid_input`; `not_signed_in`.
   * @example
   * ```ts
   * await tertulia.chat.editMessage(message.id, 'What I meant to say')
   * await tertulia.chat.editMessage(message.id, { mentions: [ben.id], attachments: [] })
   * ```
   */
  editMessage(messageId: string, changes: string | MessageChanges, options?: CallOptions): Promise<Message>
  /**
   * Deletes a message for everyone. It keeps its position, with empty content. You can delete your own messages; owners and admins of a
   * group, and moderators, can delete any. Deleting again does nothing.
   *
   * @param messageId - The message's id.
   * @returns The emptied message.
   * @throws `message_not_found`, `forbidden` for a message that you may not delete, `account_not_found`, `invalid_input`, `not_signed_in`.
   * @example
   * ```ts
   * await tertulia.chat.deleteMessage(message.id)
   * ```
   */
  deleteMessage(messageId: string, options?: CallOptions): Promise<Message>
  /**
   * Adds your reaction to a message, or removes it when `present` is false. Doing so again does nothing. Reactions of one message run in the
   * order of your calls.
   *
   * @param messageId - The message's id.
   * @param emoji - One emoji. A message has at most 20 different ones.
   * @param present - True by default; false removes the reaction.
   * @returns The message after the change.
   * @throws `message_not_found`; `too_many_reactions`; `blocked` in a direct conversation when one of you blocked the other; `rate_limited`
   * after 60 edits and reactions in 10 s; `invalid_input` when `emoji` is not one emoji; `not_signed_in`.
   * @example
   * ```ts
   * await tertulia.chat.react(message.id, '🎸')
   * await tertulia.chat.react(message.id, '🎸', false)
   * ```
   */
  react(messageId: string, emoji: string, present?: boolean, options?: CallOptions): Promise<Message>
  /**
   * Pins a message for everyone in the conversation, or unpins it. In a direct conversation both users may, in a group owners and admins. A
   * deleted message is unpinned. Doing so again does nothing.
   *
   * @param messageId - The message's id.
   * @param pinned - True by default; false unpins the message.
   * @returns The message after the change.
   * @throws `message_not_found`; `forbidden` for a member of a group; `too_many_pins` above 50 in a conversation; `blocked` in a direct
   * conversation when one of you blocked the other; `rate_limited` after 60 changes in 10 s; `invalid_input`; `not_signed_in`.
   * @example
   * ```ts
   * await tertulia.chat.pinMessage(message.id)
   * await tertulia.chat.pinMessage(message.id, false)
   * ```
   */
  pinMessage(messageId: string, pinned?: boolean, options?: CallOptions): Promise<Message>
  /**
   * Lists the pinned messages of a conversation, at most 50, the one that was pinned last first. `conversation.pinnedSeqs` follows their
   * positions live.
   *
   * @param conversationId - The conversation's id.
   * @throws `conversation_not_found`, `invalid_input`, `not_signed_in`.
   * @example
   * ```ts
   * const [newest] = await tertulia.chat.listPinned(group.id)
   * ```
   */
  listPinned(conversationId: string, options?: CallOptions): Promise<Message[]>
  /**
   * Lists the replies to a message as a thread, oldest first, a page at a time. Replies to a reply are listed under that reply. Deleted
   * replies are not listed; the message itself may be a deleted one.
   *
   * @param messageId - The id of the message that they reply to.
   * @param options - `limit` per page: 1 to 200, default 50. `cursor`: the `nextCursor` of the page before.
   * @throws `message_not_found`; `invalid_input`; `invalid_cursor`, also for the cursor of another message; `not_signed_in`.
   * @example
   * ```ts
   * for await (const { content } of tertulia.chat.listReplies(message.id)) console.log(content)
   * ```
   */
  listReplies(messageId: string, options?: PageOptions & CallOptions): Paged<Message>
  /**
   * Marks a conversation as read up to a position. Your read position only moves forward, and never past the newest message.
   *
   * @param conversationId - The conversation's id.
   * @param seq - The `seq` of the last message that the user has read; the newest one when you leave it out.
   * @returns Your read position and your unread count.
   * @throws `conversation_not_found`, `invalid_input`, `not_signed_in`.
   * @example
   * ```ts
   * const { unread } = await tertulia.chat.markRead(group.id, message.seq)
   * ```
   */
  markRead(conversationId: string, seq?: number, options?: CallOptions): Promise<ReadMark>
  /**
   * Lists the messages of a conversation, newest first, a page at a time. Messages that arrive meanwhile do not shift the pages.
   *
   * @param conversationId - The conversation's id.
   * @param options - `limit` per page: 1 to 200, default 50. `cursor`: the `nextCursor` of the page before.
   * @throws `conversation_not_found`, `invalid_input`, `invalid_cursor`, `not_signed_in`.
   * @example
   * ```ts
   * const { items } = await tertulia.chat.listMessages(group.id, { limit: 20 })
   * for await (const { seq } of tertulia.chat.listMessages(group.id)) console.log(seq)
   * ```
   */
  listMessages(conversationId: string, options?: PageOptions & CallOptions): Paged<Message>
}
