import type { Paged, PageOptions } from '../../core/page.ts'
import type { CallOptions } from '../../core/run.ts'
import type { Notice } from '../schema.ts'
import type { WatchedNotices } from './watch-notices.ts'

/** Calls about notices: what happened to your shares and transfers. */
export interface NoticeCalls {
  /**
   * Lists what happened to your shares and transfers, the latest first, a page at a time. The upkeep jobs remove notices after 180 days.
   *
   * @param options - `unread`: only unread notices. `limit` per page: 1 to 200, default 50. `cursor`: the `nextCursor` before.
   * @throws `invalid_input`, `invalid_cursor`, `not_signed_in`.
   * @example
   * ```ts
   * const { items } = await tertulia.sharing.listNotices({ unread: true })
   * ```
   */
  listNotices(
    options?: {
      /** True lists only unread notices. */
      unread?: boolean | undefined
    } & PageOptions &
      CallOptions,
  ): Paged<Notice>
  /**
   * Marks notices as read.
   *
   * @param noticeIds - At most 200 ids; all notices when you leave it out.
   * @returns How many of them were unread.
   * @throws `invalid_input`, `not_signed_in`.
   * @example
   * ```ts
   * const { items } = await tertulia.sharing.listNotices()
   * await tertulia.sharing.markRead(items.map(({ id }) => id))
   * ```
   */
  markRead(noticeIds?: string[], options?: CallOptions): Promise<number>
  /**
   * Holds your newest notices live. A new notice shows at once. After a lost connection the handle fetches what it missed. Failures
   * show in the snapshot's `error`. The handle closes when the user signs out, and with `not_signed_in` when no user is signed in.
   *
   * @returns A handle that you close when you no longer need it.
   * @example
   * ```ts
   * const notices = tertulia.sharing.watchNotices()
   * const stop = notices.subscribe(() => console.log(notices.getSnapshot().unread))
   * notices.close()
   * ```
   */
  watchNotices(): WatchedNotices
}
