import { type ListOperation, listOperation } from '../core/call.ts'
import type { PageOptions } from '../core/page.ts'
import { id } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
import { optional, text } from '../core/shape.ts'
import { type Message, message } from './schema.ts'

/** Where to search. */
export interface SearchMessagesOptions extends PageOptions {
  /** In this conversation alone. */
  conversationId?: string
}

/**
 * Messages of the conversations that one is in now, newest first, a page at a time: with all words in any case and without
 * accents, `"a phrase"`, `-without`, `this or that`; the last word may be the beginning of one. A message's `seq` takes an
 * open conversation there.
 *
 * @param query - At most 200 characters; one without words finds nothing.
 * @throws `conversation_not_found`, `invalid_input`, `invalid_cursor`, also for the cursor of another search, `not_signed_in`.
 * @example
 * ```ts
 * const { items } = await tertulia.chat.searchMessages('ensayo vier', { conversationId })
 * ```
 */
export const searchMessages: ListOperation<[query: string], Message, SearchMessagesOptions & CallOptions> =
  listOperation(
    'chat.searchMessages',
    'search_messages',
    { query: text() },
    message,
    [
      ['created_at', 'beforeAt', text()],
      ['id', 'beforeId', id],
    ],
    { conversationId: optional(id) },
  )
