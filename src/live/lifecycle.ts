/**
 * Reports when the app may have missed changes: it woke, came to the foreground, or has a network again. Pass your own in React Native.
 *
 * @example
 * ```ts
 * const lifecycle: Lifecycle = {
 *   onWake(wake) {
 *     addEventListener('online', wake)
 *     return () => removeEventListener('online', wake)
 *   },
 * }
 * const tertulia = createTertulia(supabase, { lifecycle })
 * ```
 */
export interface Lifecycle {
  /** Calls `wake` at each such moment. Returns a function that ends it. */
  onWake(wake: () => void): () => void
  /** Calls `lost` when the device loses its network. Returns a function that ends it. Leave it out if the platform does not report it. */
  onOffline?(lost: () => void): () => void
  /** Calls `hidden` when the app is hidden or left, so that it can send analytics. Returns a function that ends it. */
  onHide?(hidden: () => void): () => void
}

/** Listens, where there is something to listen to; returns what ends it. */
function listen(target: EventTarget | undefined, event: string, heard: () => void): () => void {
  target?.addEventListener?.(event, heard)
  return () => target?.removeEventListener?.(event, heard)
}

const onVisibility = (state: DocumentVisibilityState, reached: () => void) =>
  listen(globalThis.document, 'visibilitychange', () => {
    if (document.visibilityState === state) reached()
  })

/**
 * The browser's lifecycle, which is the default: `online`, `offline`, and the page becoming visible, hidden or left. Does nothing without a
 * window. In React Native pass your own, which listens to `AppState`.
 *
 * @example
 * ```ts
 * const tertulia = createTertulia(supabase, { lifecycle: { ...browserLifecycle, onHide: undefined } })
 * ```
 */
export const browserLifecycle: Lifecycle = {
  onWake(wake) {
    const visible = onVisibility('visible', wake)
    const online = listen(globalThis.window, 'online', wake)
    return () => {
      visible()
      online()
    }
  },
  onOffline: (lost) => listen(globalThis.window, 'offline', lost),
  onHide(hidden) {
    const invisible = onVisibility('hidden', hidden)
    const left = listen(globalThis.window, 'pagehide', hidden)
    return () => {
      invisible()
      left()
    }
  },
}
