import { call } from '../../core/call.ts'
import type { Context } from '../../core/context.ts'
import { list } from '../../core/shape.ts'
import { createLive, type Live } from '../../live/handle.ts'
import type { LiveHandle, LiveState } from '../../live/types.ts'
import { type ContactRequest, contactRequest } from './contacts.ts'

const operation = 'contacts.watchRequests'
const limit = 200

/** The state of live requests. */
export interface RequestsSnapshot extends LiveState {
  /** False until the first answer. */
  loaded: boolean
  /** The newest first, 200 at most. `listRequests` has older ones. */
  items: readonly ContactRequest[]
}

/** A live handle on the requests that wait for your answer. */
export interface WatchedRequests extends LiveHandle<RequestsSnapshot> {
  /**
   * Fetches the list again, as after you answered a request. It never rejects: the snapshot has the error.
   *
   * @example
   * ```ts
   * const requests = contacts.watchRequests()
   * await requests.refresh()
   * ```
   */
  refresh(): Promise<void>
}

export function watchRequests(context: Context): WatchedRequests {
  let items: ContactRequest[] = []
  let loaded = false

  const live: Live<RequestsSnapshot> = createLive<never, RequestsSnapshot>(context, operation, {
    begin: () => [],
    // The list says what waits: the request of an event may have been answered since.
    hear(event) {
      if (event === 'request') void live.catchUp()
    },
    async synchronise() {
      const page = await call(
        context,
        operation,
        live.request,
        'list_requests',
        { limit },
        list(contactRequest),
      )
      if (live.isClosed()) return 'complete'
      items = page
      loaded = true
      live.changed()
      return 'complete'
    },
    onEnded(reason) {
      // What one user saw is not for the next.
      if (reason === 'signed-out') items = []
    },
    snapshot: (state) => ({ ...state, loaded, items }),
  })

  return {
    getSnapshot: live.getSnapshot,
    subscribe: live.subscribe,
    close: live.close,
    async refresh() {
      await live.look()
    },
  }
}
