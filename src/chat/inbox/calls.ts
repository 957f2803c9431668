import type { Paged } from '../../core/page.ts'
import type { CallOptions } from '../../core/run.ts'
import type { InboxOptions } from './inbox.ts'
import type { ConversationFlags, InboxItem } from './inbox-item.ts'

/** Calls about your own inbox. */
export interface InboxCalls {
  /**
   * Lists your conversations with their newest messages and unread counts: pinned ones first, then by last activity. `watchInbox` holds them
   * live.
   *
   * @param options - `limit` per page: 1 to 1,000, default 50. `archived`: only archived ones. `unread`: only ones with unread messages.
   * `cursor`: the `nextCursor` of the page before.
   * @throws `invalid_input`, `invalid_cursor`, `not_signed_in`.
   * @example
   * ```ts
   * const { items } = await tertulia.chat.inbox({ limit: 1000, unread: true })
   * ```
   */
  inbox(options?: InboxOptions & CallOptions): Paged<InboxItem>
  /**
   * Mutes, pins, archives, hides or marks a conversation as unread in your own inbox, or reverts that. Other participants do not see it.
   * A hidden conversation returns with its next message; `clearHistory` removes its messages for you.
   *
   * @param conversationId - The conversation's id.
   * @param flags - The flags to change; the others stay.
   * @returns The inbox item after the change.
   * @throws `conversation_not_found`, `invalid_input`, `not_signed_in`.
   * @example
   * ```ts
   * await tertulia.chat.setFlags(group.id, { muted: true, pinned: false })
   * ```
   */
  setFlags(
    conversationId: string,
    flags: { [Flag in keyof ConversationFlags]?: ConversationFlags[Flag] | undefined },
    options?: CallOptions,
  ): Promise<InboxItem>
}
