import type { Context } from './context.ts'
import { refusal } from './error.ts'

/** Options that every call takes. */
export interface CallOptions {
  /** Aborts the call, which then rejects with `aborted`. A write may have happened already. */
  signal?: AbortSignal | undefined
}

/** The options of `run` for an operation that retries by itself. */
export interface RunOptions extends CallOptions {
  /** Which try this is, from 1. */
  attempt?: number
  /** Longest wait, in place of the context's. */
  timeoutMs?: number
}

/** A signal that fires with the caller's own or after the context's time-out, and a promise that then rejects. */
export function limit(context: Context, operation: string, options?: RunOptions) {
  const outer = options?.signal
  const controller = new AbortController()
  let stop: (reason: 'aborted' | 'timeout') => void = () => {}
  const stopped = new Promise<never>((_resolve, reject) => {
    stop = (reason) => {
      reject(refusal(reason, operation, reason === 'aborted' ? 'it was aborted' : 'the answer took too long'))
      controller.abort()
    }
  })
  // Without a caller that waits for it, it must be no unhandled rejection.
  stopped.catch(() => {})
  const cancel = context.clock.after(options?.timeoutMs ?? context.timeoutMs, () => stop('timeout'))
  const abort = () => stop('aborted')
  if (outer?.aborted) abort()
  outer?.addEventListener('abort', abort, { once: true })
  return {
    signal: controller.signal,
    /** The value, or the failure of the limit, whichever comes first. */
    within: <T>(value: PromiseLike<T>): Promise<T> => Promise.race([stopped, value]),
    release() {
      cancel()
      outer?.removeEventListener('abort', abort)
    },
  }
}
