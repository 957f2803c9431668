import { type ListOperation, listOperation, type Operation, operation } from '../core/call.ts'
import type { PageOptions } from '../core/page.ts'
import { id } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
import { flag, integer, list, optional } from '../core/shape.ts'
import { byTime, type Notice, notice } from './schema.ts'

/**
 * What happened to shares and transfers of oneself, the latest first.
 *
 * @throws `invalid_input`, `invalid_cursor`, `not_signed_in`.
 * @example
 * ```ts
 * const { items } = await tertulia.sharing.listNotices({ unread: true })
 * ```
 */
export const listNotices: ListOperation<[], Notice, { unread?: boolean } & PageOptions & CallOptions> =
  listOperation(
    'sharing.listNotices',
    'list_song_notices',
    {},
    notice,
    byTime,
    { unread: optional(flag) },
    ({ unread }) => ({ onlyUnread: unread }),
  )

/**
 * Marks notices as read: those named, 200 at most, or all.
 *
 * @returns How many were unread.
 * @throws `invalid_input`, `not_signed_in`.
 * @example
 * ```ts
 * await tertulia.sharing.markRead(items.map(({ id }) => id))
 * ```
 */
export const markRead: Operation<[noticeIds?: string[]], number> = operation(
  'sharing.markRead',
  'read_song_notices',
  { noticeIds: optional(list(id)) },
  integer(),
)
