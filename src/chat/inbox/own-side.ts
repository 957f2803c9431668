import { nothing, type Operation, operation } from '../../core/call.ts'
import { asKept } from '../../core/identity.ts'
import { id, metadata } from '../../core/parse.ts'
import { nullable, toColumns } from '../../core/shape.ts'
import { upTo } from '../conversation/mark-read.ts'

/** What you are writing. */
export interface NewDraft {
  /** The text, at most 8,000 characters. */
  content: string
  /** The id that the message will be sent with. */
  id?: string | undefined
  /** Id of the message that it replies to. */
  replyTo?: string | undefined
  /** Your own fields, such as mentions: an object of at most 8 KiB. */
  metadata?: Record<string, unknown> | undefined
}

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
 * await clearHistory(context, group.id)
 * ```
 */
export const clearHistory: Operation<[conversationId: string, upToSeq?: number], void> = operation(
  'chat.clearHistory',
  'clear_conversation',
  { conversationId: id, upToSeq: upTo },
  nothing,
)

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
 * await setDraft(context, group.id, { content: 'On my w' })
 * ```
 */
export const setDraft: Operation<[conversationId: string, draft: NewDraft | null], void> = operation(
  'chat.setDraft',
  'set_draft',
  { conversationId: id, draft: nullable(metadata) },
  nothing,
  {},
  {
    turn: 'conversationId',
    as: asKept,
    // The database knows which fields there are.
    toArguments: ({ draft, ...input }) => ({ ...input, draft: draft && toColumns(draft) }),
  },
)
