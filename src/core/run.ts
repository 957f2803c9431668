import { pause } from './clock.ts'
import type { Context } from './context.ts'
import { refusal, type TertuliaError } from './error.ts'
import { findIdentity } from './identity.ts'
import { type Failure, toTertuliaError } from './map-error.ts'

/** Options that every call takes. */
export interface CallOptions {
  /** Aborts the call, which then rejects with `aborted`. A write may have happened already. */
  signal?: AbortSignal | undefined
}

/** What `run` takes from an operation that tries again by itself. */
export interface RunOptions extends CallOptions {
  /** Which try this is, from 1. */
  attempt?: number
  /** Longest wait, in place of the context's. */
  timeoutMs?: number
}

/** What supabase-js answers. */
export interface Answer {
  data: unknown
  error: Failure | null
  status: number
}

/** A signal that fires with the caller's own or after the context's time-out, and a promise that then rejects. */
function limit(context: Context, operation: string, options: RunOptions | undefined) {
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

/**
 * Runs one request as an operation: bounded in time, reported to `onOperation`, every failure as one `TertuliaError`.
 *
 * @param call - Makes the request with the signal that it is given.
 * @param read - Reads the answer's data; what it throws is an `invalid_answer` unless it is an error of ours.
 */
export async function run<T>(
  context: Context,
  operation: string,
  options: RunOptions | undefined,
  call: (signal: AbortSignal) => PromiseLike<Answer>,
  read: (data: unknown) => T,
): Promise<T> {
  const startedAt = context.clock.now()
  const bounded = limit(context, operation, options)
  let code: TertuliaError['code'] | null = null
  try {
    if (bounded.signal.aborted) await bounded.within(new Promise<never>(() => {}))
    const ask = () => bounded.within(call(bounded.signal))
    let { data, error, status } = await ask()
    // The clock of Auth is ahead of the API's, which takes the token a moment later. Nothing was done yet, so asking again is safe.
    while (status === 401 && /JWT (issued at future|not yet valid)/i.test(error?.message ?? '')) {
      await pause(context.clock, 1_000, bounded.signal)
      ;({ data, error, status } = await ask())
    }
    if (!error) return read(data)
    const failure = { ...error, status }
    // Who is signed in tells "not signed in" from "forbidden"; when that cannot be told now, this throws why.
    const identity =
      status === 401 || status === 403 ? await bounded.within(findIdentity(context, operation)) : null
    throw toTertuliaError(operation, failure, identity !== null)
  } catch (thrown) {
    const error = toTertuliaError(operation, thrown, true)
    code = error.code
    throw error
  } finally {
    bounded.release()
    context.report({
      operation,
      durationMs: context.clock.now() - startedAt,
      attempt: options?.attempt ?? 1,
      code,
    })
  }
}
