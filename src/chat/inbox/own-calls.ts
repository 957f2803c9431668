import type { CallOptions } from '../../core/run.ts'
import type { NewDraft } from './own-side.ts'

/** Calls about what you keep for yourself of a conversation. */
export interface OwnCalls {
  /**
   * Clears the history of a conversation for you, on all your devices and for good: in the conversation, the inbox, searches, replies and
   * files. What is cleared is not unread. The other participants keep everything, and read receipts do not change. A group that you join
   * again stays cleared.
   *
   * @param conversationId - The conversation's id.
   * @param upToSeq - The `seq` of the last message to clear; the newest one when you leave it out. Clearing never moves back.
   * @throws `conversation_not_found`, `invalid_input`, `not_signed_in`.
   * @example
   * ```ts
   * await tertulia.chat.clearHistory(group.id)
   * await tertulia.chat.setFlags(group.id, { hidden: true }) // out of the inbox, until the next message
   * ```
   */
  clearHistory(conversationId: string, upToSeq?: number, options?: CallOptions): Promise<void>
  /**
   * Keeps what you are writing in a conversation, on all your devices: at most one draft per conversation, and the last call decides. Calls for
   * one conversation run in order. It shows as `draft` in your inbox, and never to the other participants. Sending the message removes it.
   *
   * @param conversationId - The conversation's id.
   * @param draft - `content` has at most 8,000 characters; null, or a draft with nothing in it, removes the draft. With the `id` of the
   * message, a draft that arrives after the message is dropped, and sending another message keeps the draft.
   * @throws `conversation_not_found`; `invalid_input`; `rate_limited` after 120 drafts in a minute; `not_signed_in`.
   * @example
   * ```ts
   * const id = crypto.randomUUID()
   * await tertulia.chat.setDraft(group.id, { id, content: 'On my w' })
   * await tertulia.chat.send(group.id, { id, content: 'On my way' })
   * ```
   */
  setDraft(conversationId: string, draft: NewDraft | null, options?: CallOptions): Promise<void>
}
