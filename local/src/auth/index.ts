import { decodeJwt } from 'jose'
import postgres from 'postgres'
import type { Handler } from '../api/gateway.ts'
import type { Keys } from '../keys.ts'
import type { Mailbox } from '../mail/mailbox.ts'
import type { StackConfig } from '../project/config.ts'
import type { SigningKeys } from '../signing-keys.ts'
import { failureResponse, refuseAbsent, refuseGrant } from './absent.ts'
import { requireServiceRole } from './access.ts'
import { answerAdmin, asFailure } from './admin.ts'
import { changeUser } from './change-user.ts'
import type { AuthContext } from './context.ts'
import { answerFactors } from './factors.ts'
import { invite } from './links.ts'
import { reauthenticate, resend, sendMagicLink, sendOtp, sendPasswordRecovery } from './otp.ts'
import { exchangeCode } from './pkce.ts'
import { assuranceOf, callerOf, recordMethod, signToken } from './sessions.ts'
import { signUp } from './signup.ts'
import { customClaims } from './token-hook.ts'
import { findUser } from './users.ts'
import { followLink, verifyCode } from './verify.ts'

export interface AuthOptions {
  /** As the owner of the tables of Auth. */
  url: string
  keys: Keys
  config: StackConfig
  mailbox: Mailbox
  signing: SigningKeys | undefined
  /** What lite answers. */
  lite: Handler
}

export interface Auth {
  fetch: Handler
  close(): Promise<void>
}

type Call = (context: AuthContext, request: Request) => Promise<Response>

/** By method and path: all that sends mails or follows them. */
const CALLS: Record<string, Call> = {
  'POST /signup': signUp,
  'POST /otp': sendOtp,
  'POST /magiclink': sendMagicLink,
  'POST /recover': sendPasswordRecovery,
  'POST /resend': resend,
  'GET /reauthenticate': reauthenticate,
  'POST /verify': verifyCode,
  'GET /verify': followLink,
  'PUT /user': changeUser,
  'GET /user': async (context, request) =>
    await context.sql.begin(async (sql) => {
      const { user } = await callerOf(context, sql, request)
      return Response.json(await findUser(sql, user.id))
    }),
  'GET /.well-known/jwks.json': async ({ signing }) => Response.json({ keys: signing?.published ?? [] }),
  'POST /invite': async (context, request) => {
    await requireServiceRole(request, context.keys)
    return await invite(context, request)
  },
}

/** `/auth/v1`: mails, links, the admin API and bans here; passwords, refreshed sessions and sign-out in @supabase/lite. */
export function createAuth({ url, keys, config, mailbox, signing, lite }: AuthOptions): Auth {
  const sql = postgres(url, { max: 4, idle_timeout: 60, onnotice: () => undefined })
  const context: AuthContext = { sql, keys, config, mailbox, signing }
  const answer = async (request: Request, peerAddress: string | null): Promise<Response> => {
    const { pathname, origin, searchParams } = new URL(request.url)
    const path = pathname.slice('/auth/v1'.length).replace(/\/$/, '')
    const absent = refuseAbsent(path)
    if (absent) return absent
    if (path.startsWith('/admin/')) return await answerAdmin(context, request)
    if (/^\/factors(\/|$)/.test(path)) return await answerFactors(context, request, path)
    const call = CALLS[`${request.method} ${path}`]
    if (call) return await call(context, request)
    if (path !== '/token') return await lite(request, peerAddress)
    const grant = searchParams.get('grant_type') ?? ''
    if (grant === 'pkce') return await exchangeCode(context, request)
    if (grant === 'id_token' || grant === 'web3') throw await refuseGrant(grant, request)
    if (await isBanned(sql, request.clone())) {
      return failureResponse({ status: 400, code: 'user_banned', message: 'User is banned' })
    }
    const method = grant === 'refresh_token' ? 'token_refresh' : 'password'
    return await withFullTokens(context, await lite(request, peerAddress), `${origin}/auth/v1`, method)
  }
  return {
    fetch: async (request, peerAddress) => {
      try {
        return await answer(request, peerAddress)
      } catch (error) {
        return failureResponse(asFailure(error))
      }
    },
    close: () => sql.end({ timeout: 1 }),
  }
}

async function isBanned(sql: postgres.Sql, request: Request): Promise<boolean> {
  if (request.method !== 'POST') return false
  const body = (await request.json().catch(() => ({}))) as { email?: unknown; refresh_token?: unknown }
  if (typeof body.email !== 'string' && typeof body.refresh_token !== 'string') return false
  const [user] = await sql`
    select from auth.users
    where banned_until > now() and (
      email = lower(${String(body.email ?? '')})
      or id in (select user_id from auth.refresh_tokens where token = ${String(body.refresh_token ?? '')})
    )`
  return user !== undefined
}

/** lite's access tokens lack the metadata, which policies read with `auth.jwt()`, and its users their factors. */
async function withFullTokens(
  context: AuthContext,
  response: Response,
  issuer: string,
  method: string,
): Promise<Response> {
  if (!response.ok || !response.headers.get('content-type')?.includes('json')) return response
  const body = (await response.json()) as {
    access_token?: string
    user?: { id: string } | Record<string, unknown>
  }
  if (body.user) body.user = await findUser(context.sql, String(body.user.id))
  if (body.access_token) body.access_token = await fullToken(context, body.access_token, issuer, method)
  return Response.json(body, { status: response.status })
}

async function fullToken(
  context: AuthContext,
  token: string,
  issuer: string,
  method: string,
): Promise<string> {
  const { sql } = context
  const sign = async (claims: Record<string, unknown>) =>
    await sql.begin(async (own) => await signToken(context, await customClaims(context, own, claims, method)))
  const claims = decodeJwt(token)
  const sessionId = typeof claims.session_id === 'string' ? claims.session_id : null
  const [user] = await sql`
    select coalesce(phone, '') as phone, raw_app_meta_data as app_metadata, raw_user_meta_data as user_metadata, is_anonymous
    from auth.users where id = ${String(claims.sub)}`
  if (!sessionId) return await sign({ aal: 'aal1', ...claims, ...user, iss: issuer })
  const [known] = await sql`select from auth.mfa_amr_claims where session_id = ${sessionId}`
  // A session that a password began: lite does not say so.
  if (!known) await recordMethod(sql, sessionId, 'password')
  return await sign({ ...claims, ...user, iss: issuer, ...(await assuranceOf(sql, sessionId)) })
}
