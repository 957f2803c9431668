import type { Context } from './context.ts'
import type { TertuliaError } from './error.ts'
import { type RunOptions, run } from './run.ts'

interface Answer {
  data: unknown
  error: { message: string } | null
}

/** Asks Storage; `refused` tells what its refusal of this file means. */
export function askStorage<T>(
  context: Context,
  operation: string,
  options: RunOptions | undefined,
  request: () => PromiseLike<Answer>,
  refused: (status: number, message: string) => Promise<TertuliaError | false> | TertuliaError | false,
  read: (data: unknown, path: string) => T,
): Promise<T> {
  return run(
    context,
    operation,
    options,
    async () => {
      const { data, error } = await request()
      const status = error ? Number(Object(error).statusCode) || 0 : 200
      const known = error && (await refused(status, error.message))
      if (known) throw Object.assign(known, { cause: error })
      return { data, error: error && { message: error.message }, status }
    },
    (data) => read(data, ''),
  )
}
