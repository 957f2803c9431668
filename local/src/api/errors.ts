interface DatabaseError {
  code: string
  message: string
  detail?: string
  hint?: string
}

/** The answer of PostgREST to an error that PostgreSQL raised; nothing for what lite answers well by itself. */
export function postgrestError(error: unknown, role: string): Response | undefined {
  if (!isDatabaseError(error)) return undefined
  const { code, message, detail, hint } = error
  if (code === 'PGRST' || code.startsWith('PT') || code === '42703' || code === '42883') return undefined
  const status = code === '42501' && role === 'anon' ? 401 : statusOf(code, message)
  return Response.json({ code, details: detail ?? null, hint: hint ?? null, message }, { status })
}

function isDatabaseError(error: unknown): error is DatabaseError {
  return error instanceof Error && error.name === 'PostgresError' && 'code' in error
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

function statusOf(code: string, message: string): number {
  // `safeupdate` blames the client with the code of a subquery that answers too much.
  if (code === '21000') return message.endsWith('requires a WHERE clause') ? 400 : 500
  // A token may name a role that the database does not know.
  if (code === '22023' && /^role .* does not exist$/.test(message)) return 401
  return STATUS[code] ?? STATUS[code.slice(0, 2)] ?? 400
}
