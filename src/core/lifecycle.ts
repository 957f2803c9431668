/** Tells when the app may have missed something: it woke up, came to the foreground, or got its network back. */
export interface Lifecycle {
  /** Calls back at each such moment; returns what ends it. */
  onWake(wake: () => void): () => void
  /** Calls back when the device says that it has no network; returns what ends it. Leave it out where nothing tells. */
  onOffline?(lost: () => void): () => void
  /** Calls back when the page is hidden or left, its last chance to send something; returns what ends it. */
  onHide?(hidden: () => void): () => void
}

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
    if (typeof window === 'undefined' || typeof document === 'undefined') return () => {}
    const seen = () => {
      if (document.visibilityState === 'visible') wake()
    }
    window.addEventListener('online', wake)
    document.addEventListener('visibilitychange', seen)
    return () => {
      window.removeEventListener('online', wake)
      document.removeEventListener('visibilitychange', seen)
    }
  },
  onOffline(lost) {
    if (typeof window === 'undefined') return () => {}
    window.addEventListener('offline', lost)
    return () => window.removeEventListener('offline', lost)
  },
  onHide(hidden) {
    if (typeof window === 'undefined' || typeof document === 'undefined') return () => {}
    const seen = () => {
      if (document.visibilityState === 'hidden') hidden()
    }
    window.addEventListener('pagehide', hidden)
    document.addEventListener('visibilitychange', seen)
    return () => {
      window.removeEventListener('pagehide', hidden)
      document.removeEventListener('visibilitychange', seen)
    }
  },
}
