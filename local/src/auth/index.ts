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
import { answerToken } from './full-tokens.ts'
import { invite } from './links.ts'
import { reauthenticate, resend, sendMagicLink, sendOtp, sendPasswordRecovery } from './otp.ts'
import { exchangeCode } from './pkce.ts'
import { callerOf } from './sessions.ts'
import { signUp } from './signup.ts'
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
    const options = { issuer: `${origin}/auth/v1`, method } as const
    return await answerToken(context, request.clone(), () => lite(request, peerAddress), options)
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
