import { apiError } from './errors.ts'
import { answerHeaders } from './headers.ts'
import type { Media } from './media.ts'
import type { Answer } from './sql/statement.ts'

export interface Result {
  status: number
  headers: Record<string, string>
  body: string | Uint8Array<ArrayBuffer> | null
}

/** The body as it is sent; no value is an empty one. */
export function bodyOf({ body }: Answer, { form }: Media): Result['body'] {
  if (form.kind !== 'raw') return body
  return form.isBytes ? new Uint8Array(Buffer.from(body ?? '', 'hex')) : (body ?? '')
}

/** The response, with what functions set as `response.status` and `response.headers`. */
export function respond(
  { status, headers, body }: Result,
  answer: Pick<Answer, 'status' | 'headers'>,
): Response {
  const all = answerHeaders([...Object.entries(headers), ...ownHeaders(answer.headers)])
  if (!all) throw wrongHeaders()
  const final = answer.status === null ? status : ownStatus(answer.status)
  const isEmpty = body === null || [204, 205, 304].includes(final)
  return new Response(isEmpty ? null : body, { status: final, headers: all })
}

function ownStatus(text: string): number {
  const status = Number.parseInt(text, 10)
  if (status >= 200 && status <= 599) return status
  throw apiError(500, 'PGRST112', 'response.status guc must be a valid status code')
}

function ownHeaders(text: string | null): [string, string][] {
  if (text === null) return []
  let list: unknown
  try {
    list = JSON.parse(text)
  } catch {
    throw wrongHeaders()
  }
  if (!Array.isArray(list)) throw wrongHeaders()
  return list.map((entry: unknown) => {
    const pairs = typeof entry === 'object' && entry !== null ? Object.entries(entry) : []
    const [first] = pairs
    if (pairs.length !== 1 || !first || typeof first[1] !== 'string') throw wrongHeaders()
    return [first[0], first[1]]
  })
}

function wrongHeaders() {
  return apiError(
    500,
    'PGRST111',
    'response.headers guc must be a JSON array composed of objects with a single key and a string value',
  )
}

/** `single()` wants exactly one row. */
export function checkSingle({ form, explain }: Media, count: number): void {
  if (form.kind !== 'one' || explain !== undefined || count === 1) return
  throw apiError(
    406,
    'PGRST116',
    'Cannot coerce the result to a single JSON object',
    `The result contains ${count} rows`,
  )
}

export function checkAffected(most: number | undefined, count: number): void {
  if (most === undefined || count <= most) return
  const message = 'Query result exceeds max-affected preference constraint'
  throw apiError(400, 'PGRST124', message, `The query affects ${count} rows`)
}

/** The lines of a plan, which are the rows of `explain`. */
export function planResponse(rows: Record<string, string | null>[], { type }: Media): Response {
  const lines = rows.map((row) => Object.values(row)[0] ?? '')
  return new Response(lines.map((line) => `${line}\n`).join(''), { headers: { 'content-type': type } })
}
