import { authFailure } from './access.ts'
import type { AuthContext } from './context.ts'
import { authUrl, readBody, textOf } from './request.ts'
import type { Sql } from './rows.ts'
import { type Caller, callerOf, raiseSession } from './sessions.ts'
import { isCode, newSecret } from './totp.ts'
import { UUID } from './user-attributes.ts'

interface Factor {
  id: string
  status: 'unverified' | 'verified'
  factor_type: string
  secret: string
}

const invalid = (message: string) => authFailure(400, 'validation_failed', message)
const factorMissing = () => authFailure(404, 'mfa_factor_not_found', 'Factor not found')
const EXPIRY_SECONDS = 300

/** `/factors`: a second factor of the caller, by an authenticator app. */
export async function answerFactors(context: AuthContext, request: Request, path: string): Promise<Response> {
  return await context.sql.begin(async (sql) => {
    const caller = await callerOf(context, sql, request)
    if (caller.user.is_anonymous)
      throw authFailure(403, 'no_authorization', 'Anonymous user not allowed to perform these actions')
    if (path === '/factors' && request.method === 'POST') return await enroll(context, sql, caller, request)
    const [, id = '', action] = /^\/factors\/([^/]+)(?:\/(challenge|verify))?$/.exec(path) ?? []
    if (!UUID.test(id)) throw authFailure(404, 'validation_failed', 'factor_id must be an UUID')
    const [factor] = await sql<Factor[]>`
      select id, status, factor_type, secret from auth.mfa_factors
      where id = ${id} and user_id = ${caller.user.id} for update`
    if (!factor) throw factorMissing()
    if (!action && request.method === 'DELETE') return await unenroll(sql, caller, factor)
    if (action === 'challenge' && request.method === 'POST') return await challenge(context, sql, factor)
    if (action === 'verify' && request.method === 'POST')
      return await verify(context, sql, caller, factor, request)
    throw authFailure(405, 'bad_method', `${request.method} is not answered here`)
  })
}

async function enroll(
  { config }: AuthContext,
  sql: Sql,
  { user, aal }: Caller,
  request: Request,
): Promise<Response> {
  const body = await readBody(request, ['factor_type', 'friendly_name', 'issuer', 'phone'])
  const type = textOf(body, 'factor_type')
  if (!['totp', 'phone', 'webauthn'].includes(type))
    throw invalid('factor_type needs to be totp, phone, or webauthn')
  if (type !== 'totp')
    throw authFailure(501, 'not_implemented', `the local stack has no second factor of the type ${type}`)
  if (!config.auth.totpEnroll)
    throw authFailure(422, 'mfa_totp_enroll_not_enabled', 'MFA enroll is disabled for TOTP')
  const known = await sql<{ friendly_name: string; status: string }[]>`
    select friendly_name, status from auth.mfa_factors where user_id = ${user.id}`
  if (known.some(({ status }) => status === 'verified') && aal !== 'aal2')
    throw authFailure(403, 'insufficient_aal', 'AAL2 required to enroll a new factor')
  const name = textOf(body, 'friendly_name')
  if (known.some(({ friendly_name: other }) => other === name && name !== '')) {
    throw authFailure(
      422,
      'mfa_factor_name_conflict',
      `A factor with the friendly name "${name}" for this user already exists`,
    )
  }
  const issuer = textOf(body, 'issuer') || new URL(config.auth.siteUrl).host
  const id = crypto.randomUUID()
  const secret = newSecret()
  await sql`
    insert into auth.mfa_factors (id, user_id, friendly_name, factor_type, status, secret)
    values (${id}, ${user.id}, ${name}, 'totp', 'unverified', ${secret})`
  const label = encodeURIComponent(`${issuer}:${user.email}`)
  const uri = `otpauth://totp/${label}?algorithm=SHA1&digits=6&issuer=${encodeURIComponent(issuer)}&period=30&secret=${secret}`
  // A picture of the address in letters: nothing here draws a QR code.
  const picture = `<svg xmlns="http://www.w3.org/2000/svg" width="600" height="40"><text y="24" font-size="9">${uri.replaceAll('&', '&amp;')}</text></svg>`
  return Response.json({ id, type: 'totp', friendly_name: name, totp: { qr_code: picture, secret, uri } })
}

async function challenge({ config }: AuthContext, sql: Sql, factor: Factor): Promise<Response> {
  if (!config.auth.totpVerify)
    throw authFailure(422, 'mfa_totp_verify_not_enabled', 'MFA verification is disabled for TOTP')
  const id = crypto.randomUUID()
  await sql`insert into auth.mfa_challenges (id, factor_id) values (${id}, ${factor.id})`
  const expires = Math.floor(Date.now() / 1000) + EXPIRY_SECONDS
  return Response.json({ id, type: factor.factor_type, expires_at: expires })
}

async function verify(
  context: AuthContext,
  sql: Sql,
  { user, sessionId }: Caller,
  factor: Factor,
  request: Request,
): Promise<Response> {
  if (!context.config.auth.totpVerify)
    throw authFailure(422, 'mfa_totp_verify_not_enabled', 'MFA verification is disabled for TOTP')
  const body = await readBody(request, ['challenge_id', 'code'])
  const challengeId = textOf(body, 'challenge_id')
  const [found] = UUID.test(challengeId)
    ? await sql<{ expired: boolean }[]>`
        select created_at < now() - make_interval(secs => ${EXPIRY_SECONDS}) as expired from auth.mfa_challenges
        where id = ${challengeId} and factor_id = ${factor.id} and verified_at is null`
    : []
  if (!found) {
    throw authFailure(422, 'mfa_factor_not_found', 'MFA factor with the provided challenge ID not found')
  }
  if (found.expired) {
    throw authFailure(
      422,
      'mfa_challenge_expired',
      `MFA challenge ${challengeId} has expired, verify against another challenge or create a new challenge.`,
    )
  }
  if (!isCode(factor.secret, textOf(body, 'code')))
    throw authFailure(422, 'mfa_verification_failed', 'Invalid TOTP code entered')
  if (!sessionId) throw authFailure(403, 'session_not_found', 'The token names no session')
  await sql`update auth.mfa_challenges set verified_at = now() where id = ${challengeId}`
  await sql`update auth.mfa_factors set status = 'verified', updated_at = now() where id = ${factor.id}`
  await sql`delete from auth.mfa_factors where user_id = ${user.id} and status = 'unverified'`
  await sql`update auth.sessions set aal = 'aal2', factor_id = ${factor.id} where id = ${sessionId}`
  // Whoever is signed in elsewhere has shown one factor only.
  await sql`
    delete from auth.refresh_tokens where session_id in (
      select id from auth.sessions where user_id = ${user.id} and aal is distinct from 'aal2')`
  await sql`delete from auth.sessions where user_id = ${user.id} and aal is distinct from 'aal2'`
  return Response.json(await raiseSession(context, sql, user.id, sessionId, 'totp', authUrl(request)))
}

async function unenroll(sql: Sql, { aal }: Caller, factor: Factor): Promise<Response> {
  if (factor.status === 'verified' && aal !== 'aal2')
    throw authFailure(422, 'insufficient_aal', 'AAL2 required to unenroll verified factor')
  await removeFactor(sql, factor.id)
  return Response.json({ id: factor.id })
}

/** A session that showed this factor is one of a single factor again. */
export async function removeFactor(sql: Sql, id: string): Promise<void> {
  await sql`
    delete from auth.mfa_amr_claims where authentication_method = 'totp'
      and session_id in (select id from auth.sessions where factor_id = ${id})`
  await sql`update auth.sessions set aal = 'aal1', factor_id = null where factor_id = ${id}`
  await sql`delete from auth.mfa_factors where id = ${id}`
}
