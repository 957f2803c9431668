import { literal, tableName } from '../rest/sql/text.ts'
import { authFailure } from './access.ts'
import type { AuthContext } from './context.ts'
import type { Sql } from './rows.ts'

type Claims = Record<string, unknown>

/** What a claim is, where there is one. */
const TYPES: Record<string, string[]> = {
  aud: ['string', 'array'],
  exp: ['integer'],
  jti: ['string'],
  iat: ['integer'],
  iss: ['string'],
  nbf: ['integer'],
  sub: ['string'],
  email: ['string'],
  phone: ['string'],
  app_metadata: ['object'],
  user_metadata: ['object'],
  role: ['string'],
  aal: ['string'],
  amr: ['array'],
  session_id: ['string'],
}

/** What a token cannot do without. */
const REQUIRED = ['aud', 'exp', 'iat', 'sub', 'email', 'phone', 'role', 'aal', 'session_id', 'is_anonymous']

/**
 * The claims of an access token, as the project's function changes them: `auth.hook.custom_access_token`. It runs in the
 * transaction of the caller.
 */
export async function customClaims(
  { config }: AuthContext,
  sql: Sql,
  claims: Claims,
  method: string,
): Promise<Claims> {
  const hook = config.auth.accessTokenHook
  if (!hook) return claims
  const event = JSON.stringify({ user_id: claims.sub, claims, authentication_method: method })
  const answer = await call(sql, hook, event).catch(() => {
    const uri = `pg-functions://postgres/${hook.schema}/${hook.name}`
    throw authFailure(500, 'unexpected_failure', `Error running hook URI: ${uri}`)
  })
  const { error, claims: changed } = answer
  if (error?.message) {
    const status = isFailure(error.http_code) ? error.http_code : 500
    throw authFailure(status, status === 500 ? 'unexpected_failure' : 'unknown', String(error.message))
  }
  const faults = faultsOf(changed)
  if (faults.length === 0) return changed as Claims
  const list = faults.map((fault) => `- ${fault}\n`).join('')
  const message = `output claims do not conform to the expected schema: \n${list}`
  throw authFailure(500, 'unexpected_failure', message)
}

/** What no token may be made of, in the words of Supabase Auth. */
function faultsOf(claims: unknown): string[] {
  if (typeOf(claims) !== 'object') return [wrongType('(root)', ['object'], claims)]
  const given = claims as Claims
  const { aud } = given
  const missing = REQUIRED.filter((name) => given[name] === undefined)
  const wrong = Object.entries(TYPES).filter(
    ([name, types]) => given[name] !== undefined && !types.includes(typeOf(given[name])),
  )
  const audiences = (Array.isArray(aud) ? aud : []).map((one, index) =>
    typeof one === 'string' ? '' : wrongType(`aud.${index}`, ['string'], one),
  )
  return [
    ...missing.map((name) => `(root): ${name} is required`),
    ...wrong.map(([name, types]) => wrongType(name, types, given[name])),
    ...audiences.filter((fault) => fault !== ''),
  ]
}

function wrongType(name: string, types: string[], value: unknown): string {
  const expected = types.length === 1 ? types[0] : `[${types.join(',')}]`
  return `${name}: Invalid type. Expected: ${expected}, given: ${typeOf(value)}`
}

function typeOf(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return 'array'
  return Number.isInteger(value) ? 'integer' : typeof value
}

function isFailure(status: unknown): status is number {
  return Number.isInteger(status) && Number(status) >= 400 && Number(status) <= 599
}

interface HookAnswer {
  claims?: unknown
  error?: { http_code?: unknown; message?: unknown }
}

/** It has two seconds, as on the platform. */
async function call(sql: Sql, hook: { schema: string; name: string }, event: string): Promise<HookAnswer> {
  await sql`set local statement_timeout to 2000`
  // A literal without a type, for the function takes `json` or `jsonb`.
  const [row] = await sql.unsafe(`select ${tableName(hook)}(${literal(event)})::text as answer`)
  await sql`set local statement_timeout to default`
  const answer: unknown = JSON.parse(String(row?.answer ?? 'null'))
  return typeof answer === 'object' && answer !== null ? (answer as HookAnswer) : {}
}
