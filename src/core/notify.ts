import { refusal } from './error.ts'

/** Refuses a listener that is no function. Called much later, it would fail where no caller can catch it. */
export function checkListener(operation: string, listener: unknown): void {
  if (typeof listener === 'function') return
  throw refusal('invalid_input', operation, 'listener is not a function', { field: 'listener' })
}

/** Calls every listener. A listener that throws is reported as uncaught, and the others are still called. */
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
