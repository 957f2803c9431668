import { type ListOperation, listOperation, type Operation, operation } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import { requireIdentity } from '../core/identity.ts'
import type { PageOptions } from '../core/page.ts'
import { id } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
import { flag, integer, list, optional } from '../core/shape.ts'
import type { CloseReason } from '../core/user-channel.ts'
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

/** Notices as they come; ended by `close()`, or by a sign-out. */
export interface WatchedNotices {
  close(): void
}

/**
 * Calls back for each notice as it comes. What came while nobody listened is in `listNotices`: ask it when `onJoined` is
 * called, at first and after each time that the connection was lost.
 *
 * @example
 * ```ts
 * const watched = tertulia.sharing.watchNotices({ onNotice: (notice) => show(notice), onJoined: () => refresh() })
 * watched.close()
 * ```
 */
export function watchNotices(
  context: Context,
  listener: {
    onNotice(notice: Notice): void
    /** The connection stands, for the first time or again. */
    onJoined?(): void
    /** Nothing will come any more: closed, signed out, or nobody was signed in. */
    onClosed?(reason: CloseReason): void
  },
): WatchedNotices {
  let stop = () => {}
  let closed = false
  const end = (reason: CloseReason) => {
    if (closed) return
    closed = true
    stop()
    listener.onClosed?.(reason)
  }
  requireIdentity(context, 'sharing.watchNotices').then(
    ({ userId }) => {
      if (closed) return
      stop = context.userChannel.listen(userId, {
        onJoined: () => listener.onJoined?.(),
        onLost() {},
        onEvent(event, payload) {
          if (event === 'notice' && !closed) listener.onNotice(notice(payload, ''))
        },
        onSignedOut: () => end('signed-out'),
      })
    },
    () => end('signed-out'),
  )
  return { close: () => end('closed') }
}
