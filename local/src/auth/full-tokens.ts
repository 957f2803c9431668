import { decodeJwt } from 'jose'
import type { AuthContext } from './context.ts'
import { assuranceOf, recordMethod, signToken } from './sessions.ts'
import { customClaims } from './token-hook.ts'
import { findUser } from './users.ts'

/** Takes back what @supabase/lite did, where the project's function then refuses the token. */
type Undo = (sessionId: string | null) => Promise<void>

interface Options {
  issuer: string
  method: 'password' | 'token_refresh'
  undo: Undo
}

/** What lite answers to a sign-in or a refresh, with the token that Supabase Auth would give. */
export async function answerToken(
  context: AuthContext,
  request: Request,
  lite: () => Promise<Response>,
  options: Omit<Options, 'undo'>,
): Promise<Response> {
  const nothing = async () => undefined
  if (!context.config.auth.accessTokenHook)
    return await withFullTokens(context, await lite(), { ...options, undo: nothing })
  const body = (await request.json().catch(() => ({}))) as { email?: unknown; refresh_token?: unknown } | null
  const email = String(body?.email ?? '').toLowerCase()
  const token = String(body?.refresh_token ?? '')
  const [known] = await context.sql`select session_id from auth.refresh_tokens where token = ${token}`
  // One at a time, for each takes back what was there before it.
  return await inTurn(
    context,
    options.method === 'password' ? email : String(known?.session_id),
    async () => {
      const undo = await (options.method === 'password'
        ? undoSignIn(context, email)
        : undoRefresh(context, token))
      return await withFullTokens(context, await lite(), { ...options, undo })
    },
  )
}

const turns = new WeakMap<AuthContext, Map<string, Promise<unknown>>>()

async function inTurn<T>(context: AuthContext, key: string, work: () => Promise<T>): Promise<T> {
  const all = turns.get(context) ?? new Map<string, Promise<unknown>>()
  turns.set(context, all)
  const turn = Promise.allSettled([all.get(key)]).then(work)
  all.set(key, turn)
  try {
    return await turn
  } finally {
    if (all.get(key) === turn) all.delete(key)
  }
}

async function undoSignIn({ sql }: AuthContext, email: string): Promise<Undo> {
  const [user] = await sql<{ id: string; at: string | null }[]>`
    select id, last_sign_in_at::text as at from auth.users where email = ${email}`
  return async (sessionId) => {
    await sql.begin(async (own) => {
      await own`delete from auth.refresh_tokens where session_id = ${sessionId}`
      await own`delete from auth.sessions where id = ${sessionId}`
      if (user)
        await own`update auth.users set last_sign_in_at = ${user.at}::text::timestamptz where id = ${user.id}`
    })
  }
}

async function undoRefresh({ sql }: AuthContext, token: string): Promise<Undo> {
  const [used] = await sql`select from auth.refresh_tokens where token = ${token} and revoked`
  // Whoever sends it again is given the one that followed it, and that one stays.
  if (used) return async () => undefined
  return async () => {
    await sql.begin(async (own) => {
      await own`delete from auth.refresh_tokens where parent = ${token}`
      await own`update auth.refresh_tokens set revoked = false where token = ${token}`
    })
  }
}

/** lite's access tokens lack the metadata, which policies read with `auth.jwt()`, and its users their factors. */
async function withFullTokens(context: AuthContext, response: Response, options: Options): Promise<Response> {
  if (!response.ok || !response.headers.get('content-type')?.includes('json')) return response
  const body = (await response.json()) as {
    access_token?: string
    user?: { id: string } | Record<string, unknown>
  }
  if (body.user) body.user = await findUser(context.sql, String(body.user.id))
  if (body.access_token) body.access_token = await fullToken(context, body.access_token, options)
  return Response.json(body, { status: response.status })
}

async function fullToken(
  context: AuthContext,
  token: string,
  { issuer, method, undo }: Options,
): Promise<string> {
  const { sql } = context
  const claims = decodeJwt(token)
  const sessionId = typeof claims.session_id === 'string' ? claims.session_id : null
  const sign = async (all: Record<string, unknown>) => {
    try {
      return await sql.begin(async (own) => signToken(context, await customClaims(context, own, all, method)))
    } catch (error) {
      await undo(sessionId)
      throw error
    }
  }
  const [user] = await sql`
    select coalesce(email, '') as email, coalesce(phone, '') as phone, is_anonymous,
      coalesce(raw_app_meta_data, '{}') as app_metadata, coalesce(raw_user_meta_data, '{}') as user_metadata
    from auth.users where id = ${String(claims.sub)}`
  if (!sessionId) return await sign({ aal: 'aal1', ...claims, ...user, iss: issuer })
  const [known] = await sql`select from auth.mfa_amr_claims where session_id = ${sessionId}`
  // A session that a password began: lite does not say so.
  if (!known) await recordMethod(sql, sessionId, 'password')
  return await sign({ ...claims, ...user, iss: issuer, ...(await assuranceOf(sql, sessionId)) })
}
