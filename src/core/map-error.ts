import { TertuliaError } from './error.ts'
import { type ErrorCode, readCode } from './error-codes.ts'
import { taskOf } from './task.ts'

/** The failed half of a supabase-js answer, as far as it is read here. */
export interface Failure {
  status?: number
  message?: string
  code?: string | null
  details?: string | null
  hint?: string | null
}

/** By the codes of PostgreSQL and PostgREST. */
const byState: [RegExp, ErrorCode][] = [
  // A time that is none: those of callers are dates and checked before, so it comes out of a cursor that was made up.
  [/^220(0[789]|23)$/, 'invalid_cursor'],
  [/^(22...|23502|23514|54...|PGRST10[02])$/, 'invalid_input'],
  // The last: a function met a table that a migration was changing.
  [/^(40001|40P01|55P03|42804)$/, 'conflict'],
  [/^57014$/, 'timeout'],
  [/^(42883|42P01|42703|PGRST(106|2..))$/, 'schema_outdated'],
  [/^PGRST1/, 'invalid_answer'],
  [/^25006$/, 'unavailable'],
  [/^PGRST30[13]$/, 'session_expired'],
  [/^PGRST302$/, 'not_signed_in'],
]

interface Detail {
  code?: string
  field?: string
  retryAfterMs?: number
}

/** Our own detail of an application error (SQLSTATE TT000): JSON with the code and its fields. */
function readDetail(failure: Failure): Detail {
  if (failure.code !== 'TT000') return {}
  try {
    return JSON.parse(failure.details ?? '{}')
  } catch {
    return {}
  }
}

function codeOf(failure: Failure, detail: Detail, signedIn: boolean): ErrorCode {
  const { status, code, message = '' } = failure
  if (detail.code) return readCode(detail.code)
  if (code === '42501') return signedIn ? 'forbidden' : 'not_signed_in'
  for (const [state, meaning] of byState) if (state.test(code ?? '')) return meaning
  // Storage says it with 403.
  if (/"exp" claim|jwt expired/.test(message)) return 'session_expired'
  if (status === undefined) return 'unknown'
  if (status === 401) return /api ?key/i.test(message) ? 'invalid_key' : 'session_expired'
  if (status === 403) return signedIn ? 'forbidden' : 'not_signed_in'
  if (status === 429) return 'rate_limited'
  if (status === 408 || status === 504) return 'timeout'
  // 402: the platform stopped the project over its bill or its quota.
  if (status >= 500 || status === 402 || /^(53|08)/.test(code ?? '')) return 'unavailable'
  if (status === 0) return 'unreachable'
  if (status < 300 || status === 404 || status === 405) return 'invalid_answer'
  return 'unknown'
}

/**
 * Turns any failure of a call into one {@link TertuliaError}; the original stays as its cause.
 *
 * @param operation - The operation's name, such as `chat.send`.
 * @param failure - A PostgREST, Auth or network error, or anything thrown.
 * @param signedIn - Whether the call carried a user's token: tells "forbidden" from "not signed in".
 */
export function toTertuliaError(operation: string, failure: unknown, signedIn: boolean): TertuliaError {
  if (failure instanceof TertuliaError) return failure
  const raw: Failure =
    typeof failure === 'object' && failure !== null ? failure : { message: String(failure) }
  const detail = readDetail(raw)
  const code = codeOf(raw, detail, signedIn)
  const message =
    detail.code && raw.message ? raw.message : `unable to ${taskOf(operation)}; ${raw.message || code}`
  return new TertuliaError(code, message, {
    operation,
    hint: detail.code
      ? (raw.hint ?? '')
      : raw.code === 'PGRST106'
        ? 'Add "public" to the schemas that the API serves.'
        : '',
    // Columns are snake_case, inputs camelCase.
    field:
      code === 'invalid_cursor'
        ? 'cursor'
        : detail.field?.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase()),
    retryAfterMs: detail.retryAfterMs,
    cause: failure,
  })
}
