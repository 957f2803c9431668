import { type ErrorCode, hints, retryableCodes } from './error-codes.ts'
import { taskOf } from './task.ts'

/** The parts of an error beside code and message. */
export interface TertuliaErrorDetails {
  /** The operation that failed, such as `chat.send`. */
  operation: string
  /** What to do about it. */
  hint?: string
  /** For `rate_limited`: how long to wait, in milliseconds. */
  retryAfterMs?: number
  /**
   * The argument, field or option at fault, if there is one, also an unknown one: `expectedversion`. A field of an argument is named
   * without the argument (`title`), a field of an option with it (`filters.rate`).
   */
  field?: string
  /** The PostgREST, Auth or network error that it came from. */
  cause?: unknown
}

/**
 * The error that every call rejects with. Read `code` first to decide what to do. Then read `retryable` and `retryAfterMs` to retry, `field` to
 * mark an input, `hint` for the fix. `message` and `cause` are for the log.
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
  /** A stable code; switch on it. */
  declare readonly code: ErrorCode
  /** The operation that failed, such as `chat.send`. */
  declare readonly operation: string
  /** Whether the same call can succeed later without any change. */
  declare readonly retryable: boolean
  /** An instruction for the developer or the user. */
  declare readonly hint: string
  /** For `rate_limited`: how long to wait, in milliseconds. */
  declare readonly retryAfterMs: number | undefined
  /** The argument, field or option at fault, if there is one: `content`, `filters.rate`, `expectedversion`. */
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
  return new TertuliaError(code, `unable to ${taskOf(operation)}; ${why}`, { operation, ...details })
}

/**
 * Returns whether a caught value is a {@link TertuliaError}. Use it instead of `instanceof`, which fails when an app has two copies of the package.
 *
 * @param value - What you caught.
 * @example
 * ```ts
 * tertulia.songs.get(song.id).catch((error) => {
 *   if (isTertuliaError(error) && error.code === 'song_not_found') return null
 *   throw error
 * })
 * ```
 */
export function isTertuliaError(value: unknown): value is TertuliaError {
  return value instanceof Error && value.name === 'TertuliaError' && 'code' in value && 'operation' in value
}
