import type { Paged } from '../../core/page.ts'
import type { CallOptions } from '../../core/run.ts'
import type { FoundMessage, SearchMessagesOptions } from './search-messages.ts'

/** Calls that search messages. */
export interface SearchCalls {
  /**
   * Searches the messages of the conversations that you are in for every word of a query, newest first, a page at a time. Case and accents
   * are ignored, and the last word is a prefix. `"a phrase"` matches a phrase, `-word` excludes messages, `this or that` matches either.
   *
   * @param query - At most 200 characters; a query without words finds nothing.
   * @param options - `filters`: only messages of one conversation. `limit` per page: 1 to 200, default 50. `cursor`: the `nextCursor` of the page before.
   * @throws `conversation_not_found`; `invalid_input`; `invalid_cursor`, also for the cursor of another search; `not_signed_in`.
   * @example
   * ```ts
   * const { items } = await tertulia.chat.searchMessages('ensayo vier', { filters: { conversationId: group.id } })
   * for (const { content, highlights } of items) console.log(highlights.map(([start, end]) => content.slice(start, end)))
   * ```
   */
  searchMessages(query: string, options?: SearchMessagesOptions & CallOptions): Paged<FoundMessage>
}
