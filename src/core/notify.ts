/** Calls every listener. One that throws is reported as uncaught, and keeps nobody else from hearing. */
export function notifyAll<T>(listeners: Iterable<T>, notify: (listener: T) => void): void {
  for (const listener of [...listeners]) {
    try {
      notify(listener)
    } catch (error) {
      if (typeof reportError === 'function') reportError(error)
      else
        queueMicrotask(() => {
          throw error
        })
    }
  }
}
