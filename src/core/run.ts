import { pause } from './clock.ts'
import type { Context } from './context.ts'
import type { TertuliaError } from './error.ts'
import { findIdentity } from './identity.ts'
import { limit, type RunOptions } from './limit.ts'
import { type Failure, toTertuliaError } from './map-error.ts'

export type { CallOptions, RunOptions } from './limit.ts'

/** The answer of supabase-js. */
export interface Answer {
  data: unknown
  error: Failure | null
  status: number
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
