import type { Context } from './context.ts'
import { TertuliaError } from './error.ts'
import { findIdentity } from './identity.ts'
import { type Failure, toTertuliaError } from './map-error.ts'

/** What every operation takes beside its own input. */
export interface CallOptions {
  /** Ends the call; it then throws `aborted`. A write may have happened all the same. */
  signal?: AbortSignal
}

/** What `run` takes from an operation that tries again by itself. */
export interface RunOptions extends CallOptions {
  /** Which try this is, from 1. */
  attempt?: number
}

/** What supabase-js answers. */
export interface Answer {
  data: unknown
  error: Failure | null
  status: number
}

/** A signal that fires with the caller's own or after the context's time-out, and which of them it was. */
function limit(context: Context, outer: AbortSignal | undefined) {
  const controller = new AbortController()
  let reason: 'aborted' | 'timeout' = 'timeout'
  const cancel = context.clock.after(context.timeoutMs, () => controller.abort())
  const abort = () => {
    reason = 'aborted'
    controller.abort()
  }
  if (outer?.aborted) abort()
  outer?.addEventListener('abort', abort, { once: true })
  return {
    signal: controller.signal,
    reason: () => reason,
    release() {
      cancel()
      outer?.removeEventListener('abort', abort)
    },
  }
}

async function isSignedIn(context: Context, operation: string): Promise<boolean> {
  return findIdentity(context, operation).then(Boolean, () => false)
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
  const bounded = limit(context, options?.signal)
  let code: TertuliaError['code'] | null = null
  try {
    if (bounded.signal.aborted) throw abortError(operation, bounded.reason())
    const { data, error, status } = await call(bounded.signal)
    if (error && bounded.signal.aborted) throw abortError(operation, bounded.reason(), error)
    if (error) throw toTertuliaError(operation, { ...error, status }, await isSignedIn(context, operation))
    return read(data)
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

function abortError(operation: string, reason: 'aborted' | 'timeout', cause?: unknown): TertuliaError {
  const why = reason === 'aborted' ? 'it was aborted' : 'the answer took too long'
  return new TertuliaError(reason, `unable to complete ${operation}; ${why}`, { operation, cause })
}
