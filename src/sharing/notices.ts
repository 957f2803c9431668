import { call, listCall } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import type { Paged, PageOptions } from '../core/page.ts'
import { id, parseInput } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
import { flag, integer, list, object, optional } from '../core/shape.ts'
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
export function listNotices(
  context: Context,
  options: { unread?: boolean } & PageOptions & CallOptions = {},
): Paged<Notice> {
  const operation = 'sharing.listNotices'
  const readInput = () => ({
    onlyUnread: parseInput(operation, object({ unread: optional(flag) }), options).unread,
  })
  return listCall(context, operation, options, 'list_song_notices', readInput, notice, byTime)
}

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
export async function markRead(
  context: Context,
  noticeIds?: string[],
  options?: CallOptions,
): Promise<number> {
  const operation = 'sharing.markRead'
  const input = { noticeIds: parseInput(operation, optional(list(id)), noticeIds) }
  return call(context, operation, options, 'read_song_notices', input, integer())
}
