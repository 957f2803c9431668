import { type ListOperation, listOperation } from '../../core/call.ts'
import type { PageOptions } from '../../core/page.ts'
import { id } from '../../core/parse.ts'
import type { CallOptions } from '../../core/run.ts'
import { integer, list, object, optional, row, text, tuple, withDefault } from '../../core/shape.ts'
import { type Message, message } from '../schema.ts'

/** A message that a search found. */
export interface FoundMessage extends Message {
  /**
   * Where the words and phrases of the query are in `content`: at most 100 ranges in order, for `content.slice(start, end)`. They count
   * UTF-16 code units, as JavaScript does, and never cut an emoji or an accent off its letter. With a `limit` above 24, the end of a long
   * message is not searched for them.
   */
  highlights: [start: number, end: number][]
}

const ranges = row({ highlights: list(tuple(integer(), integer())) })

/** Filters of a search. */
export interface MessageFilters {
  /** Search only this conversation. */
  conversationId?: string | undefined
}

/** Filters and page of a search. */
export interface SearchMessagesOptions extends PageOptions {
  /** Filters, all of which a message must pass. */
  filters?: MessageFilters
}

/**
 * Searches the messages of the conversations that you are in for every word of a query, newest first, a page at a time. Case and accents
 * are ignored, and the last word is a prefix. `"a phrase"` matches a phrase, `-word` excludes messages, `this or that` matches either.
 *
 * @param query - At most 200 characters; a query without words finds nothing.
 * @param options - `filters`: only messages of one conversation. `limit` per page: 1 to 200, default 50. `cursor`: the `nextCursor` of the page before.
 * @throws `conversation_not_found`; `invalid_input`; `invalid_cursor`, also for the cursor of another search; `not_signed_in`.
 * @example
 * ```ts
 * const { items } = await searchMessages(context, 'ensayo vier')
 * ```
 */
export const searchMessages: ListOperation<
  [query: string],
  FoundMessage,
  SearchMessagesOptions & CallOptions
> = listOperation(
  'chat.searchMessages',
  'search_messages',
  { query: text() },
  (value, path) => ({ ...message(value, path), ...ranges(value, path) }),
  [
    ['created_at', 'beforeAt', text()],
    ['id', 'beforeId', id],
  ],
  { filters: withDefault(object({ conversationId: optional(id) }), {}) },
  ({ query, filters }) => ({ query, ...filters }),
)
