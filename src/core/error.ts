import { type ErrorCode, hints, retryableCodes } from './error-codes.ts'

/** What an error is made of beside its message. */
export interface TertuliaErrorDetails {
  /** The operation that failed, such as `chat.send`. */
  operation: string
  /** What to do about it. */
  hint?: string
  /** For `rate_limited`: when to try again, in milliseconds from now. */
  retryAfterMs?: number
  /**
   * The argument, field or option at fault, where there is one, also when it does not exist: `expectedversion`. A field of an
   * argument is named without the argument (`title`), a field of an option with it (`filters.rate`).
   */
  field?: string
  /** What it came from: the PostgREST, Auth or network error. */
  cause?: unknown
}

/**
 * The one error that this library throws. Read `code` to decide, `hint` to know what to do, `message` for the log.
 *
 * @example
 * ```ts
 * try {
 *   await tertulia.profiles.update({ handle: 'ana' })
 * } catch (error) {
 *   if (isTertuliaError(error) && error.code === 'handle_taken') console.log(error.hint)
 *   else throw error
 * }
 * ```
 */
export class TertuliaError extends Error {
  override readonly name = 'TertuliaError'
  declare readonly code: ErrorCode
  declare readonly operation: string
  /** Whether the same call may succeed later without anybody changing anything. */
  declare readonly retryable: boolean
  declare readonly hint: string
  declare readonly retryAfterMs: number | undefined
  /** The argument, field or option at fault, where there is one: `content`, `filters.rate`, `expectedversion`. */
  declare readonly field: string | undefined

  constructor(code: ErrorCode, message: string, details: TertuliaErrorDetails) {
    super(message, { cause: details.cause })
    this.code = code
    this.operation = details.operation
    this.retryable = retryableCodes.includes(code)
    this.hint = details.hint || ((hints as Partial<Record<ErrorCode, string>>)[code] ?? hints.unknown)
    this.retryAfterMs = details.retryAfterMs
    this.field = details.field
  }
}

/** An operation's own refusal: `why` says what stands in its way. */
export function refusal(
  code: ErrorCode,
  operation: string,
  why: string,
  details?: Omit<TertuliaErrorDetails, 'operation'>,
): TertuliaError {
  return new TertuliaError(code, `unable to complete ${operation}; ${why}`, { operation, ...details })
}

/**
 * Whether a caught value is a {@link TertuliaError}. Holds across two copies of the package, where `instanceof` does not.
 *
 * @example
 * ```ts
 * tertulia.songs.get(id).catch((error) => {
 *   if (isTertuliaError(error) && error.code === 'song_not_found') return null
 *   throw error
 * })
 * ```
 */
export function isTertuliaError(value: unknown): value is TertuliaError {
  return value instanceof Error && value.name === 'TertuliaError' && 'code' in value && 'operation' in value
}
