import { answerHeaders } from './headers.ts'

/** What a request is refused with: PostgREST's code and words. */
export class ApiError extends Error {
  readonly status: number
  readonly body: Record<string, unknown>
  readonly headers: Record<string, string>

  constructor(status: number, body: Record<string, unknown>, headers: Record<string, string> = {}) {
    super(String(body.message))
    this.status = status
    this.body = body
    this.headers = headers
  }
}

export function apiError(
  status: number,
  code: string,
  message: string,
  details: unknown = null,
  hint: string | null = null,
  headers: Record<string, string> = {},
): ApiError {
  return new ApiError(status, { code, details, hint, message }, headers)
}

export function errorResponse({ status, body, headers }: ApiError): Response {
  const code = typeof body.code === 'string' && /^[\w]+$/.test(body.code) ? body.code : undefined
  // These have no body.
  const text = [204, 205, 304].includes(status) ? null : JSON.stringify(body)
  const all = {
    'content-type': 'application/json; charset=utf-8',
    ...(code ? { 'proxy-status': `PostgREST; error=${code}` } : {}),
    ...headers,
  }
  return new Response(text, { status, headers: answerHeaders(Object.entries(all)) })
}

interface DatabaseError {
  code: string
  message: string
  detail?: string
  hint?: string
}

export function isDatabaseError(error: unknown): error is DatabaseError & Error {
  return error instanceof Error && 'code' in error && /^[0-9A-Z]{5}$/.test(String(error.code))
}

/** The answer to an error that PostgreSQL raised. */
export function databaseError({ code, message, detail, hint }: DatabaseError, isVisitor: boolean): ApiError {
  if (code === 'PGRST') return raisedAnswer(message, detail)
  const status = code.startsWith('PT') ? ownStatus(code) : statusOf(code, message, isVisitor)
  const body = { code, details: detail ?? null, hint: hint ?? null, message }
  return new ApiError(status, body, status === 401 ? { 'www-authenticate': 'Bearer' } : {})
}

/** The longest prefix of the SQLSTATE decides: PostgREST's table, https://docs.postgrest.org/en/stable/references/errors.html */
const STATUS: Record<string, number> = {
  '08': 503,
  '09': 500,
  '0L': 403,
  '0P': 403,
  '23503': 409,
  '23505': 409,
  '25': 500,
  '25006': 405,
  '28': 403,
  '2D': 500,
  '38': 500,
  '39': 500,
  '3B': 500,
  '40': 500,
  '42501': 403,
  '42883': 404,
  '42P01': 404,
  '42P17': 500,
  '53': 503,
  '53400': 500,
  '54': 500,
  '55': 500,
  '57': 500,
  '57P01': 503,
  '58': 500,
  F0: 500,
  HV: 500,
  P0: 500,
  P0001: 400,
  XX: 500,
}

function statusOf(code: string, message: string, isVisitor: boolean): number {
  if (code === '42501' && isVisitor) return 401
  // `safeupdate` blames the client with the code of a subquery that answers too much.
  if (code === '21000') return message.endsWith('requires a WHERE clause') ? 400 : 500
  // A token may name a role that the database does not know.
  if (code === '22023' && /^role .*does not exist$/.test(message)) return 401
  if (code === '42883' && message.startsWith('function xmlagg(')) return 406
  return STATUS[code] ?? STATUS[code.slice(0, 2)] ?? 400
}

/** `raise sqlstate 'PT402'` */
function ownStatus(code: string): number {
  const status = Number(code.slice(2))
  return status >= 200 && status <= 599 ? status : 500
}

/** `raise sqlstate 'PGRST'`: the message is the body, the detail says status and headers. */
function raisedAnswer(message: string, detail: string | undefined): ApiError {
  const about = (details: string, hint: string) =>
    apiError(500, 'PGRST121', `Could not parse JSON in the "RAISE SQLSTATE 'PGRST'" error`, details, hint)
  const aboutMessage = `MESSAGE must be a JSON object with obligatory keys: 'code', 'message' and optional keys: 'details', 'hint'.`
  const aboutDetail = `DETAIL must be a JSON object with obligatory keys: 'status', 'headers' and optional key: 'status_text'.`
  const said = jsonObject(message)
  if (typeof said?.code !== 'string' || typeof said.message !== 'string')
    return about(`Invalid JSON value for MESSAGE: '${message}'`, aboutMessage)
  if (detail === undefined) return about('DETAIL is missing in the RAISE statement', aboutDetail)
  const answer = jsonObject(detail)
  const isStatus = typeof answer?.status === 'number' && answer.status >= 200 && answer.status <= 599
  const headers = isStatus ? stringsOf(answer.headers) : undefined
  if (!headers) return about(`Invalid JSON value for DETAIL: '${detail}'`, aboutDetail)
  const { code, message: text, details = null, hint = null } = said
  return new ApiError(Number(answer?.status), { code, details, hint, message: text }, headers)
}

/** The headers, when all of them can be sent. */
function stringsOf(value: unknown): Record<string, string> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const entries = Object.entries(value)
  const isText = entries.every(([, entry]) => typeof entry === 'string')
  return isText && answerHeaders(entries) ? (value as Record<string, string>) : undefined
}

function jsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
