import { type CallRequest, call } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import { id, parseInput } from '../core/parse.ts'
import { integer, object, type Reader, row } from '../core/shape.ts'

const operation = 'chat.markRead'
const input = object({ conversationId: id, seq: integer(0) })

/** How far one has read a conversation. */
export interface ReadMark {
  /** Position up to which one has read. */
  lastReadSeq: number
  /** Messages after it. */
  unread: number
}

export const readMark: Reader<ReadMark> = row({ lastReadSeq: integer(), unread: integer() })

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
export async function markRead(
  context: Context,
  conversationId: string,
  seq = Number.MAX_SAFE_INTEGER,
  options?: CallRequest,
): Promise<ReadMark> {
  const checked = parseInput(operation, input, { conversationId, seq })
  return call(context, operation, options, 'mark_read', checked, readMark)
}
