import { TertuliaError } from './error.ts'
import { type ErrorCode, readCode } from './error-codes.ts'

/** The failed half of a supabase-js answer, as far as it is read here. */
export interface Failure {
  status?: number
  message?: string
  code?: string | null
  details?: string | null
  hint?: string | null
}

const bySqlState: Record<string, ErrorCode> = {
  '22P02': 'invalid_input',
  '22P05': 'invalid_input',
  '22021': 'invalid_input',
  '22001': 'invalid_input',
  '23514': 'invalid_input',
  '23502': 'invalid_input',
  '22003': 'invalid_input',
  '22007': 'invalid_input',
  '22008': 'invalid_input',
  '40001': 'conflict',
  '40P01': 'conflict',
  '55P03': 'conflict',
  '57014': 'timeout',
  '42883': 'schema_outdated',
  '42P01': 'schema_outdated',
  '42703': 'schema_outdated',
  PGRST202: 'schema_outdated',
  PGRST204: 'schema_outdated',
  PGRST205: 'schema_outdated',
  PGRST301: 'session_expired',
  PGRST302: 'not_signed_in',
  PGRST303: 'session_expired',
}

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
  if (code && bySqlState[code]) return bySqlState[code]
  if (status === undefined) return 'unknown'
  if (status === 401) return /api ?key/i.test(message) ? 'invalid_key' : 'session_expired'
  if (status === 403) return signedIn ? 'forbidden' : 'not_signed_in'
  if (status === 429) return 'rate_limited'
  if (status === 408 || status === 504) return 'timeout'
  if (status >= 500 || code?.startsWith('53') || code?.startsWith('08')) return 'unavailable'
  if (status === 0) return 'unreachable'
  if (status < 300 || status === 404 || status === 405) return 'invalid_answer'
  return 'unknown'
}

/**
 * Turns any failure of a call into one {@link TertuliaError}; the original stays as its cause.
 *
 * @param operation - The operation's name, such as `chat.send`.
 * @param failure - A PostgREST, Auth or network error, or anything thrown.
 * @param signedIn - Whether the call carried somebody's token: tells "forbidden" from "not signed in".
 */
export function toTertuliaError(operation: string, failure: unknown, signedIn: boolean): TertuliaError {
  if (failure instanceof TertuliaError) return failure
  const raw: Failure =
    typeof failure === 'object' && failure !== null ? failure : { message: String(failure) }
  const detail = readDetail(raw)
  const code = codeOf(raw, detail, signedIn)
  const message =
    detail.code && raw.message ? raw.message : `unable to complete ${operation}; ${raw.message || code}`
  return new TertuliaError(code, message, {
    operation,
    hint: detail.code ? (raw.hint ?? '') : '',
    // Columns are snake_case, inputs camelCase.
    field: detail.field?.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase()),
    retryAfterMs: detail.retryAfterMs,
    cause: failure,
  })
}
