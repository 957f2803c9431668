import { randomBytes } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'
import { authFailure } from './access.ts'
import type { AuthContext } from './context.ts'
import { lockById, type Sql, type UserRow } from './rows.ts'
import { customClaims } from './token-hook.ts'
import { UUID } from './user-attributes.ts'
import { findUser, type User } from './users.ts'

/** How the user proved who they are: `amr` of the token. */
export type Method =
  | 'password'
  | 'otp'
  | 'anonymous'
  | 'recovery'
  | 'invite'
  | 'magiclink'
  | 'email/signup'
  | 'email_change'
  | 'totp'

export interface Session {
  access_token: string
  token_type: 'bearer'
  expires_in: number
  expires_at: number
  refresh_token: string
  user: User
}

/** Starts a session of the user, in the transaction of the call that signs them in. */
export async function startSession(
  context: AuthContext,
  sql: Sql,
  userId: string,
  method: Method,
  issuer: string,
): Promise<Session> {
  const sessionId = crypto.randomUUID()
  await sql`
    insert into auth.sessions (id, user_id, aal) values (${sessionId}, ${userId}, 'aal1')`
  await sql`update auth.users set last_sign_in_at = now(), updated_at = now() where id = ${userId}`
  return await raiseSession(context, sql, userId, sessionId, method, issuer)
}

/** Tokens of a session after one more proof of who the user is. */
export async function raiseSession(
  context: AuthContext,
  sql: Sql,
  userId: string,
  sessionId: string,
  method: Method,
  issuer: string,
): Promise<Session> {
  const { jwtExpiry } = context.config.auth
  const refreshToken = randomBytes(9).toString('base64url').toLowerCase()
  await sql`
    insert into auth.refresh_tokens (id, token, user_id, session_id, revoked)
    values (${crypto.randomUUID()}, ${refreshToken}, ${userId}, ${sessionId}, false)`
  await recordMethod(sql, sessionId, method)
  const user = await findUser(sql, userId)
  const issuedAt = Math.floor(Date.now() / 1000)
  const claims = {
    aud: String(user.aud),
    sub: userId,
    email: user.email,
    phone: user.phone,
    app_metadata: user.app_metadata,
    user_metadata: user.user_metadata,
    role: user.role,
    session_id: sessionId,
    is_anonymous: user.is_anonymous,
    iss: issuer,
    iat: issuedAt,
    exp: issuedAt + jwtExpiry,
    ...(await assuranceOf(sql, sessionId)),
  }
  return {
    access_token: await signToken(context, await customClaims(context, sql, claims, method)),
    token_type: 'bearer',
    expires_in: jwtExpiry,
    expires_at: issuedAt + jwtExpiry,
    refresh_token: refreshToken,
    user,
  }
}

/** How a session was begun and raised, newest first. */
export async function assuranceOf(
  sql: Sql,
  sessionId: string,
): Promise<{ aal: string; amr: { method: string; timestamp: number }[] }> {
  const [session] = await sql<{ aal: string }[]>`
    select coalesce(aal, 'aal1') as aal from auth.sessions where id = ${sessionId}`
  const amr = await sql<{ method: string; timestamp: number }[]>`
    select authentication_method as method, extract(epoch from updated_at)::int as timestamp
    from auth.mfa_amr_claims where session_id = ${sessionId} order by updated_at desc`
  return { aal: session?.aal ?? 'aal1', amr: [...amr] }
}

export async function signToken(
  { signing, keys }: AuthContext,
  claims: Record<string, unknown>,
): Promise<string> {
  if (signing) return await signing.sign(claims)
  return await new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .sign(new TextEncoder().encode(keys.jwtSecret))
}

export async function recordMethod(sql: Sql, sessionId: string, method: string): Promise<void> {
  await sql`
    insert into auth.mfa_amr_claims (id, session_id, authentication_method)
    values (gen_random_uuid(), ${sessionId}, ${method})
    on conflict (session_id, authentication_method) do update set updated_at = now()`
}

export interface Caller {
  user: UserRow
  sessionId: string | undefined
  /** `aal2` after a second factor. */
  aal: string
}

/** The user whose token the request carries, held for the transaction. */
export async function callerOf(context: AuthContext, sql: Sql, request: Request): Promise<Caller> {
  const [, token] = /^bearer\s+(\S+\.\S+\.\S+)$/i.exec(request.headers.get('authorization') ?? '') ?? []
  if (!token) throw authFailure(401, 'no_authorization', 'This endpoint requires a valid Bearer token')
  const secret = new TextEncoder().encode(context.keys.jwtSecret)
  const { payload } = await jwtVerify(token, secret, { algorithms: ['HS256'] }).catch((error: Error) => {
    throw authFailure(403, 'bad_jwt', `invalid JWT: unable to parse or verify signature, ${error.message}`)
  })
  if (!payload.sub) throw authFailure(403, 'bad_jwt', 'invalid claim: missing sub claim')
  if (!UUID.test(payload.sub)) throw authFailure(400, 'bad_jwt', 'invalid claim: sub claim must be a UUID')
  const user = await lockById(sql, payload.sub)
  if (!user) throw authFailure(403, 'user_not_found', 'User from sub claim in JWT does not exist')
  const sessionId = typeof payload.session_id === 'string' ? payload.session_id : undefined
  if (sessionId && !UUID.test(sessionId))
    throw authFailure(403, 'bad_jwt', 'invalid claim: session_id claim must be a UUID')
  const [session] = sessionId ? await sql`select from auth.sessions where id = ${sessionId}` : [{}]
  if (!session) {
    throw authFailure(403, 'session_not_found', 'Session from session_id claim in JWT does not exist')
  }
  if (user.banned) throw authFailure(403, 'user_banned', 'User is banned')
  return { user, sessionId, aal: typeof payload.aal === 'string' ? payload.aal : 'aal1' }
}
