import { call } from '../../core/call.ts'
import type { Context } from '../../core/context.ts'
import type { CallOptions } from '../../core/run.ts'
import { list, ShapeError } from '../../core/shape.ts'
import { createLive, type Live } from '../../live/handle.ts'
import type { LiveHandle, LiveState } from '../../live/types.ts'
import { type Notice, notice } from '../schema.ts'
import { markRead } from './notices.ts'

const operation = 'sharing.watchNotices'
const limit = 50
/** How many are kept while it is open. */
const most = 200

/** The state of live notices. */
export interface NoticesSnapshot extends LiveState {
  /** False until the first answer. */
  loaded: boolean
  /** The newest first: the latest 50, and what comes while the handle is open, 200 at most. `listNotices` has older ones. */
  items: readonly Notice[]
  /** How many of `items` are unread. */
  unread: number
}

/** A live handle on your newest notices. */
export interface WatchedNotices extends LiveHandle<NoticesSnapshot> {
  /**
   * Marks notices as read, and shows it in the snapshot.
   *
   * @param noticeIds - At most 200 ids; all notices when you leave it out.
   * @returns How many of them were unread.
   * @throws `invalid_input`, `not_signed_in`.
   * @example
   * ```ts
   * const notices = tertulia.sharing.watchNotices()
   * await notices.markRead()
   * ```
   */
  markRead(noticeIds?: string[], options?: CallOptions): Promise<number>
}

/** The newest first, each once; a later list holds the newer state of a notice. */
function merge(...lists: (readonly Notice[])[]): Notice[] {
  const byId = new Map(lists.flat().map((one) => [one.id, one]))
  const newestFirst = (a: Notice, b: Notice) =>
    b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? 1 : -1)
  return [...byId.values()].sort(newestFirst).slice(0, most)
}

export function watchNotices(context: Context): WatchedNotices {
  let items: Notice[] = []
  let loaded = false

  const live: Live<NoticesSnapshot> = createLive<never, NoticesSnapshot>(context, operation, {
    begin: () => [],
    hear(event, payload) {
      if (event !== 'notice') return
      try {
        items = merge(items, [notice(payload, '')])
        live.changed()
      } catch (cause) {
        if (!(cause instanceof ShapeError)) throw cause
        void live.catchUp()
      }
    },
    async synchronise() {
      const page = await call(context, operation, live.request, 'list_notices', { limit }, list(notice))
      if (live.isClosed()) return 'complete'
      items = merge(items, page)
      loaded = true
      live.changed()
      return 'complete'
    },
    onEnded(reason) {
      // What one user saw is not for the next.
      if (reason === 'signed-out') items = []
    },
    snapshot: (state) => ({
      ...state,
      loaded,
      items,
      unread: items.filter(({ readAt }) => readAt === null).length,
    }),
  })

  return {
    getSnapshot: live.getSnapshot,
    subscribe: live.subscribe,
    close: live.close,
    async markRead(noticeIds, options) {
      const count = await markRead(context, noticeIds, options)
      await live.look()
      return count
    },
  }
}
