import { ident } from '../rest/sql/text.ts'
import { authFailure } from './access.ts'
import type { AuthContext } from './context.ts'
import type { Sql } from './rows.ts'

type Claims = Record<string, unknown>

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
    const status = error.http_code || 500
    throw authFailure(status, status === 500 ? 'unexpected_failure' : 'unknown', error.message)
  }
  const missing = REQUIRED.filter((name) => changed?.[name] === undefined)
  if (changed && missing.length === 0) return changed
  const list = missing.map((name) => `- (root): ${name} is required\n`).join('')
  const message = `output claims do not conform to the expected schema: \n${list}`
  throw authFailure(500, 'unexpected_failure', message)
}

interface HookAnswer {
  claims?: Claims
  error?: { http_code?: number; message?: string }
}

/** It has two seconds, as on the platform. */
async function call(
  sql: Sql,
  { schema, name }: { schema: string; name: string },
  event: string,
): Promise<HookAnswer> {
  await sql`set local statement_timeout to 2000`
  const [row] = await sql.unsafe(`select ${ident(schema)}.${ident(name)}($1::text::jsonb)::text as answer`, [
    event,
  ])
  await sql`set local statement_timeout to default`
  const answer: unknown = JSON.parse(String(row?.answer ?? 'null'))
  return typeof answer === 'object' && answer !== null ? (answer as HookAnswer) : {}
}
