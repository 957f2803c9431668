/** Tells when the app may have missed something: it woke up, came to the foreground, or got its network back. */
export interface Lifecycle {
  /** Calls back at each such moment; returns what ends it. */
  onWake(wake: () => void): () => void
  /** Calls back when the device says that it has no network; returns what ends it. Leave it out where nothing tells. */
  onOffline?(lost: () => void): () => void
  /** Calls back when the page is hidden or left, its last chance to send something; returns what ends it. */
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
 * The browser's lifecycle: `online`, `offline`, and the page becoming visible, hidden or left. Does nothing where there is no window.
 * In React Native pass one of your own that listens to `AppState`.
 *
 * @example
 * ```ts
 * const lifecycle: Lifecycle = {
 *   onWake(wake) {
 *     const listener = AppState.addEventListener('change', (state) => state === 'active' && wake())
 *     return () => listener.remove()
 *   },
 * }
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
