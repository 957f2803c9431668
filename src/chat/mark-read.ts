import { type Operation, operation } from '../core/call.ts'
import { id } from '../core/parse.ts'
import { integer, type Reader, row, withDefault } from '../core/shape.ts'

/** How far one has read a conversation. */
export interface ReadMark {
  /** Position up to which one has read. */
  lastReadSeq: number
  /** Messages after it. */
  unread: number
}

export const readMark: Reader<ReadMark> = row({ lastReadSeq: integer(), unread: integer() })

const seq = withDefault(integer(0), Number.MAX_SAFE_INTEGER)

/**
 * Marks a conversation as read up to a position, or whole when none is given. The mark moves forward only and never past
 * the newest message.
 *
 * @throws `conversation_not_found`, `not_signed_in`, `invalid_input`.
 * @example
 * ```ts
 * const { unread } = await tertulia.chat.markRead(conversationId, message.seq)
 * ```
 */
export const markRead: Operation<[conversationId: string, seq?: number], ReadMark> = operation(
  'chat.markRead',
  'mark_read',
  { conversationId: id, seq },
  readMark,
)
