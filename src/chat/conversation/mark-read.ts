import { type Operation, operation } from '../../core/call.ts'
import { id } from '../../core/parse.ts'
import { integer, type Reader, row, withDefault } from '../../core/shape.ts'

/** Your read position in a conversation. */
export interface ReadMark {
  /** The `seq` of the last message that you have read. */
  lastReadSeq: number
  /** How many messages come after it. */
  unread: number
}

const readMark: Reader<ReadMark> = row({ lastReadSeq: integer(), unread: integer() })

/** A position; without one, past every message. */
export const upTo = withDefault(integer(0), Number.MAX_SAFE_INTEGER)

/**
 * Marks a conversation as read up to a position. Your read position only moves forward, and never past the newest message.
 *
 * @param conversationId - The conversation's id.
 * @param seq - The `seq` of the last message that the user has read; the newest one when you leave it out.
 * @returns Your read position and your unread count.
 * @throws `conversation_not_found`, `invalid_input`, `not_signed_in`.
 * @example
 * ```ts
 * const { unread } = await markRead(context, group.id, message.seq)
 * ```
 */
export const markRead: Operation<[conversationId: string, seq?: number], ReadMark> = operation(
  'chat.markRead',
  'mark_read',
  { conversationId: id, seq: upTo },
  readMark,
)
