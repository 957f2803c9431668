import type { CallOptions } from '../../core/run.ts'
import type { LiveInbox } from '../inbox/watch-inbox.ts'
import type { PendingMessage } from '../messages/new-message.ts'
import type { DiscardUnsentOptions, ListUnsentOptions } from '../outbox/unsent.ts'
import type { OpenConversation } from './conversation.ts'

/** Calls that hold conversations and the inbox live, and the unsent messages of this device. */
export interface LiveCalls {
  /**
   * Opens your direct conversation with another user and holds it live. The first call by either of you creates it.
   *
   * @param userId - The other user's id.
   * @returns A handle that you close when you no longer need it.
   * @throws `profile_not_found`; `request_needed` when the user accepts messages on request only; `blocked` when the user blocked you, or
   * when you blocked the user and have no conversation yet; `invalid_input` for your own id; `rate_limited` after 20 new conversations in
   * an hour; `not_signed_in`.
   * @example
   * ```ts
   * const conversation = await tertulia.chat.openDirect(ben.id)
   * await conversation.send({ content: 'Hello' })
   * ```
   */
  openDirect(userId: string, options?: CallOptions): Promise<OpenConversation>
  /**
   * Opens a conversation and holds it live: its messages, participants, read receipts, typing and presence. Each change shows once and in
   * order. The client fetches what the network lost. Failures show in the snapshot's `error`; `conversation_not_found` closes the handle.
   *
   * @param conversationId - The conversation's id.
   * @returns A handle that you close when you no longer need it.
   * @throws `invalid_input` for an id that is not a UUID.
   * @example
   * ```ts
   * const conversation = tertulia.chat.openConversation(group.id)
   * const stop = conversation.subscribe(() => console.log(conversation.getSnapshot().messages))
   * await conversation.send({ content: 'Hello' })
   * conversation.close()
   * ```
   */
  openConversation(conversationId: string): OpenConversation
  /**
   * Holds your inbox live: your conversations with their newest messages and unread counts. It loads up to 1,000 conversations in one request
   * and follows changes. A change whose event is lost shows within 30 s. Failures show in the snapshot's `error`. The handle closes when the
   * user signs out.
   *
   * @returns A handle that you close when you no longer need it.
   * @example
   * ```ts
   * const inbox = tertulia.chat.watchInbox()
   * const stop = inbox.subscribe(() => console.log(inbox.getSnapshot().unread))
   * inbox.close()
   * ```
   */
  watchInbox(): LiveInbox
  /**
   * Lists your messages that this device has not sent yet, waiting and failed, in the order of sending. It needs no network and no open
   * conversation, and includes conversations that you have left.
   *
   * @param options - `conversationId`: only messages of that conversation.
   * @throws `not_signed_in`, `invalid_input`.
   * @example
   * ```ts
   * const failed = (await tertulia.chat.listUnsent()).filter(({ status }) => status === 'failed')
   * ```
   */
  listUnsent(options?: ListUnsentOptions): Promise<PendingMessage[]>
  /**
   * Removes your unsent messages from this device: all, those of one conversation, or one message; with a cache also the edits, reactions
   * and other writes that wait there. A message that is being sent may still arrive.
   *
   * @param options - `conversationId` or `messageId` narrow it. `everyone` removes the messages of every user of this device and works after a
   * sign-out.
   * @returns How many were removed.
   * @throws `not_signed_in` unless you pass `everyone`, `invalid_input`.
   * @example
   * ```ts
   * await tertulia.chat.discardUnsent({ messageId: message.id })
   * await tertulia.chat.discardUnsent({ everyone: true }) // after a sign-out
   * ```
   */
  discardUnsent(options?: DiscardUnsentOptions): Promise<number>
}
