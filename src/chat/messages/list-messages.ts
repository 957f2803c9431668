import { call } from '../../core/call.ts'
import type { Context } from '../../core/context.ts'
import { type Paged, type PageOptions, paged, pageOptions, readCursor, writeCursor } from '../../core/page.ts'
import { calledWith, id, parseInput } from '../../core/parse.ts'
import type { CallOptions } from '../../core/run.ts'
import { integer, list, tuple } from '../../core/shape.ts'
import { type Message, type RevisedMessage, revisedMessage } from '../schema.ts'

const operation = 'chat.listMessages'
const listInput = calledWith({ conversationId: id }, pageOptions)
/** How many messages to fetch, and what ends it. */
interface PageRequest extends CallOptions {
  limit: number
}

const cursorKeys = tuple(integer())

/**
 * Lists the messages of a conversation, newest first, a page at a time. Messages that arrive meanwhile do not shift the pages.
 *
 * @param conversationId - The conversation's id.
 * @param options - `limit` per page: 1 to 200, default 50. `cursor`: the `nextCursor` of the page before.
 * @throws `conversation_not_found`, `invalid_input`, `invalid_cursor`, `not_signed_in`.
 * @example
 * ```ts
 * const { items } = await listMessages(context, group.id, { limit: 20 })
 * ```
 */
export function listMessages(
  context: Context,
  conversationId: string,
  options?: PageOptions & CallOptions,
): Paged<Message> {
  return paged(async (next) => {
    const input = parseInput(operation, listInput, [conversationId, options])
    const before = readCursor(operation, 'messages', cursorKeys, next ?? input.cursor)
    const rows = await fetchOlder(context, input.conversationId, before?.[0], input)
    const items = rows.map((row) => row.message)
    const last = items.at(-1)
    return { items, nextCursor: last && last.seq > 1 ? writeCursor('messages', last.seq) : null }
  })
}

/** Messages older than a position, newest first, with their revisions. */
export function fetchOlder(
  context: Context,
  conversationId: string,
  beforeSeq: number | undefined,
  page: PageRequest,
): Promise<RevisedMessage[]> {
  const input = { conversationId, beforeSeq, limit: page.limit }
  return call(context, operation, page, 'list_messages', input, list(revisedMessage))
}

/** Messages around a position, newest first, with their revisions. */
export function fetchAround(
  context: Context,
  conversationId: string,
  seq: number,
  page: PageRequest,
): Promise<RevisedMessage[]> {
  const input = { conversationId, seq, limit: page.limit }
  return call(context, operation, page, 'list_messages_around', input, list(revisedMessage))
}

/** The position of a message. Throws `message_not_found`, or `conversation_not_found` when the user does not take part any longer. */
export function findPlace(
  context: Context,
  conversationId: string,
  messageId: string,
  options?: CallOptions,
): Promise<number> {
  const input = { conversationId, messageId }
  return call(context, 'chat.jumpTo', { ...options, get: true }, 'find_message', input, integer())
}
