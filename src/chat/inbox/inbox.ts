import { call } from '../../core/call.ts'
import type { Context } from '../../core/context.ts'
import { asPerson, requireIdentity, whoIsThere } from '../../core/identity.ts'
import { type Paged, type PageOptions, paged, pageOptions, readCursor, writeCursor } from '../../core/page.ts'
import { calledWith, id, parseInput } from '../../core/parse.ts'
import type { CallOptions } from '../../core/run.ts'
import {
  flag,
  integer,
  list,
  nullable,
  object,
  optional,
  row,
  text,
  toColumns,
  tuple,
  withDefault,
} from '../../core/shape.ts'
import { type ConversationFlags, type InboxItem, inboxEntry, toInboxItem } from './inbox-item.ts'

/** Which conversations to list. */
export interface InboxOptions extends PageOptions {
  /** How many a page has at most: 1 to 1,000, default 50. */
  limit?: number | undefined
  /** True lists archived conversations instead of the others. */
  archived?: boolean | undefined
  /** True lists only conversations with unread messages. */
  unread?: boolean | undefined
}

const inboxOptions = {
  ...pageOptions,
  limit: withDefault(integer(1, 1_000), 50),
  archived: optional(flag),
  unread: optional(flag),
}
const place = row({ beforePinned: flag, beforeAt: text(), beforeId: id })
const flagsInput = calledWith({
  conversationId: id,
  flags: object({
    muted: optional(flag),
    pinned: optional(flag),
    archived: optional(flag),
    hidden: optional(flag),
    markedUnread: optional(flag),
  }),
})

/**
 * Lists your conversations with their newest messages and unread counts: pinned ones first, then by last activity. `watchInbox` holds them
 * live.
 *
 * @param options - `limit` per page: 1 to 1,000, default 50. `archived`: only archived ones. `unread`: only ones with unread messages.
 * `cursor`: the `nextCursor` of the page before.
 * @throws `invalid_input`, `invalid_cursor`, `not_signed_in`.
 * @example
 * ```ts
 * const { items } = await listInbox(context, { unread: true })
 * ```
 */
export function listInbox(context: Context, options?: InboxOptions & CallOptions): Paged<InboxItem> {
  const operation = 'chat.inbox'
  return paged(async (next) => {
    const { limit, cursor, signal, ...which } = parseInput(operation, calledWith({}, inboxOptions), [options])
    const { userId } = await requireIdentity(context, operation)
    const listName = operation + JSON.stringify(which)
    const after = readCursor(operation, listName, tuple(place), next ?? cursor)?.[0]
    const answer = row({
      items: list((...given) => toInboxItem(userId, inboxEntry(...given))),
      next: nullable((value: unknown) => value as object),
    })
    const input = { ...which, ...after, limit }
    const { items, next: last } = await call(context, operation, { signal }, 'get_inbox', input, answer)
    return { items, nextCursor: last && writeCursor(listName, last) }
  })
}

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
 * await setFlags(context, group.id, { muted: true, pinned: false })
 * ```
 */
export async function setFlags(
  context: Context,
  conversationId: string,
  flags: { [Flag in keyof ConversationFlags]?: ConversationFlags[Flag] | undefined },
  options?: CallOptions,
): Promise<InboxItem> {
  const operation = 'chat.setFlags'
  const { signal, ...input } = parseInput(operation, flagsInput, [conversationId, flags, options])
  const { userId } = await requireIdentity(context, operation, whoIsThere)
  const request = { ...input, flags: toColumns(input.flags) }
  return call(
    asPerson(context, operation, userId),
    operation,
    { signal },
    'set_conversation_flags',
    request,
    (...given) => toInboxItem(userId, inboxEntry(...given)),
  )
}
