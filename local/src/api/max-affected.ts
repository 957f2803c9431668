import type { PostgresConnection } from '@supabase/lite/postgres'

interface Call {
  path: string
  requestHeaders?: Record<string, string>
}

/** Carries the answer out of the transaction, which ends with it. */
export interface Refusal extends Error {
  response: Response
}

export function isRefusal(error: unknown): error is Refusal {
  return error instanceof Error && 'response' in error && error.response instanceof Response
}

/** Refuses, before it is called, a function whose rows cannot be counted: `handling=strict, max-affected=…` asks for that. */
export async function checkCountable(
  connection: Pick<PostgresConnection, 'introspect'>,
  { path, requestHeaders }: Call,
): Promise<void> {
  if (maxAffected(requestHeaders?.prefer ?? '') === undefined) return
  const { functions = [] } = await connection.introspect()
  const name = path.slice(path.lastIndexOf('/') + 1)
  const called = functions.filter((candidate) => candidate.name === name)
  if (called.length > 0 && called.every((candidate) => !candidate.return_is_setof)) {
    const message =
      'Function must return SETOF or TABLE when max-affected preference is used with handling=strict'
    throw refusal({ code: 'PGRST128', details: null, hint: null, message })
  }
}

/** `Prefer: handling=strict, max-affected=…` on a function, which @supabase/lite heeds on tables alone. */
export function checkAffected({ requestHeaders }: Call, answer: Response): void {
  const most = maxAffected(requestHeaders?.prefer ?? '')
  if (most === undefined || !answer.ok) return
  const count = rowsOf(answer)
  if (count <= most) return
  throw refusal({
    code: 'PGRST124',
    details: `The query affects ${count} rows`,
    hint: null,
    message: 'Query result exceeds max-affected preference constraint',
  })
}

function maxAffected(prefer: string): number | undefined {
  const preferences = prefer.split(',').map((preference) => preference.trim())
  const [, most] =
    /^max-affected=(\d+)$/.exec(preferences.find((one) => /^max-affected=/.test(one)) ?? '') ?? []
  return most !== undefined && preferences.includes('handling=strict') ? Number(most) : undefined
}

// A range of 3-7 is five rows.
function rowsOf(answer: Response): number {
  const [, from, to] = /^(\d+)-(\d+)\//.exec(answer.headers.get('content-range') ?? '') ?? []
  return from === undefined || to === undefined ? 0 : Number(to) - Number(from) + 1
}

function refusal(body: object): Refusal {
  const response = Response.json(body, { status: 400 })
  return Object.assign(new Error('refused'), { response })
}
