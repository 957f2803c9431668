import { decodeJwt, SignJWT } from 'jose'
import postgres from 'postgres'
import type { Handler } from '../api/gateway.ts'
import type { Keys } from '../keys.ts'
import type { StackConfig } from '../project/config.ts'
import { refuseAbsent } from './absent.ts'
import { adminUsers } from './admin.ts'

export interface AuthOptions {
  /** As the owner of the tables of Auth. */
  url: string
  keys: Keys
  config: StackConfig
  /** What lite answers. */
  lite: Handler
}

export interface Auth {
  fetch: Handler
  close(): Promise<void>
}

const ISSUES_TOKENS = /^\/auth\/v1\/(token|signup|verify)$/

/** `/auth/v1`: @supabase/lite, with the admin API, bans, and tokens that say what the platform's say. */
export function createAuth({ url, keys, config, lite }: AuthOptions): Auth {
  const sql = postgres(url, { max: 4, idle_timeout: 60, onnotice: () => undefined })
  const admin = adminUsers(sql, keys, config)
  return {
    fetch: async (request, peerAddress) => {
      const { pathname, origin } = new URL(request.url)
      const absent = refuseAbsent(pathname.slice('/auth/v1'.length))
      if (absent) return absent
      if (pathname.startsWith('/auth/v1/admin/')) return await admin(request)
      if (!ISSUES_TOKENS.test(pathname)) return await lite(request, peerAddress)
      if (await isBanned(sql, request.clone())) {
        return Response.json({ code: 400, error_code: 'user_banned', msg: 'User is banned' }, { status: 400 })
      }
      return await withFullTokens(sql, await lite(request, peerAddress), `${origin}/auth/v1`, keys.jwtSecret)
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

/** lite's access tokens lack the metadata, which policies read with `auth.jwt()`. */
async function withFullTokens(
  sql: postgres.Sql,
  response: Response,
  issuer: string,
  secret: string,
): Promise<Response> {
  const location = response.headers.get('location')
  if (location) {
    const [page = '', hash = ''] = location.split('#')
    const values = new URLSearchParams(hash)
    const token = values.get('access_token')
    if (!token) return response
    values.set('access_token', await fullToken(sql, token, issuer, secret))
    const headers = new Headers(response.headers)
    headers.set('location', `${page}#${values}`)
    return new Response(null, { status: response.status, headers })
  }
  if (!response.ok || !response.headers.get('content-type')?.includes('json')) return response
  const body = (await response.json()) as { access_token?: string }
  if (body.access_token) body.access_token = await fullToken(sql, body.access_token, issuer, secret)
  return Response.json(body, { status: response.status })
}

async function fullToken(sql: postgres.Sql, token: string, issuer: string, secret: string): Promise<string> {
  const claims = decodeJwt(token)
  const [user] = await sql`
    select coalesce(phone, '') as phone, raw_app_meta_data as app_metadata, raw_user_meta_data as user_metadata, is_anonymous
    from auth.users where id = ${String(claims.sub)}`
  const amr = [{ method: 'password', timestamp: claims.iat }]
  return await new SignJWT({ aal: 'aal1', amr, ...claims, ...user, iss: issuer })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .sign(new TextEncoder().encode(secret))
}
