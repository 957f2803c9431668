import type { LiveHandle } from '../live/types.ts'

/** A readable store, as Svelte and RxJS-like libraries take it. */
export interface Store<T> {
  /**
   * Calls `run` with the present value at once, and with every later one.
   *
   * @param run - Called with the value.
   * @returns A function that ends it.
   * @example
   * ```ts
   * const stop = toStore(inbox).subscribe(({ unread }) => console.log(unread))
   * ```
   */
  subscribe(run: (value: T) => void): () => void
}

/**
 * Turns a live handle into a Svelte store: `$store` is its snapshot. The store does not close the handle; close it in `onDestroy`.
 *
 * @param handle - From `openConversation`, `watchInbox`, `songs.watch` or `watchNotices`.
 * @example
 * ```ts
 * import { toStore } from 'tertulia/svelte'
 *
 * const conversation = tertulia.chat.openConversation(id)
 * const store = toStore(conversation) // $store.messages in the markup
 * ```
 */
export function toStore<T>(handle: LiveHandle<T>): Store<T> {
  return {
    subscribe(run) {
      run(handle.getSnapshot())
      return handle.subscribe(() => run(handle.getSnapshot()))
    },
  }
}
