import { randomBytes } from 'node:crypto'
import { type AuthFailure, authFailure } from './access.ts'
import type { AuthContext } from './context.ts'
import { type FlowMethod, isExpired, tokenHash } from './one-time.ts'
import { authUrl, readBody, redirectTarget, textOf, validEmail } from './request.ts'
import {
  insertEmailIdentity,
  lockByEmail,
  lockByEmailChange,
  lockByToken,
  mergeMetadata,
  type Sql,
  type UserRow,
} from './rows.ts'
import { startSession } from './sessions.ts'
import { confirmEmail } from './signup.ts'
import { plainPhone } from './user-attributes.ts'

const invalid = (message: string, status = 400) => authFailure(status, 'validation_failed', message)
const HALF = 'Confirmation link accepted. Please proceed to confirm link sent to the other email'

/** What a token is for. `email` stands for a confirmation or a magic link, whichever was sent. */
type Kind = 'signup' | 'invite' | 'recovery' | 'magiclink' | 'email_change'

/** `POST /verify`, what `verifyOtp` calls. */
export async function verifyCode(context: AuthContext, request: Request): Promise<Response> {
  const body = await readBody(request, ['type', 'token', 'token_hash', 'email', 'phone', 'redirect_to'])
  const type = textOf(body, 'type')
  const token = textOf(body, 'token')
  const hash = textOf(body, 'token_hash')
  if (type === '') throw invalid('Verify requires a verification type')
  if ((token === '') === (hash === '')) throw invalid('Verify requires either a token or a token hash')
  const byCode = token !== ''
  if (!byCode && ['email', 'phone', 'redirect_to'].some((key) => textOf(body, key) !== ''))
    throw invalid('Only the token_hash and type should be provided')
  if (byCode && (textOf(body, 'email') === '') === (textOf(body, 'phone') === ''))
    throw invalid('Only an email address or phone number should be provided on verify')
  if (byCode && textOf(body, 'phone') !== '' && !/^[1-9]\d{1,14}$/.test(plainPhone(textOf(body, 'phone'))))
    throw invalid('Invalid phone number format (E.164 required)')
  if (byCode && textOf(body, 'phone') !== '') throw expired('Token')
  const email = byCode ? emailOf(textOf(body, 'email')) : ''
  return await context.sql.begin(async (sql) => {
    const found = byCode
      ? await findByCode(context, sql, type, email, tokenHash(email, token))
      : await findByHash(context, sql, type, hash)
    const done = await accept(context, sql, found)
    if (!done) return Response.json({ msg: HALF, code: '200' })
    return Response.json(await startSession(context, sql, found.user.id, 'otp', authUrl(request)))
  })
}

function emailOf(text: string): string {
  try {
    return validEmail(text)
  } catch {
    throw invalid('Invalid email format', 422)
  }
}

/** `GET /verify`, where the links of mails lead: every answer is a redirect to the application. */
export async function followLink(context: AuthContext, request: Request): Promise<Response> {
  const { searchParams } = new URL(request.url)
  const type = searchParams.get('type') ?? ''
  const token = searchParams.get('token') ?? ''
  if (type === '') throw invalid('Verify requires a verification type')
  if (token === '') throw invalid('Verify requires a token or a token hash')
  const target = redirectTarget(request, context.config)
  const isPkce = token.startsWith('pkce_')
  try {
    return await context.sql.begin(async (sql) => {
      const found = await findByHash(context, sql, type, token)
      const done = await accept(context, sql, found)
      if (!done) return redirect(target, isPkce ? { message: HALF } : {}, { message: HALF, sb: '' })
      if (isPkce) return redirect(target, { code: await issueCode(sql, found) }, {})
      const session = await startSession(context, sql, found.user.id, 'otp', authUrl(request))
      return redirect(
        target,
        {},
        {
          access_token: session.access_token,
          expires_at: String(session.expires_at),
          expires_in: String(session.expires_in),
          refresh_token: session.refresh_token,
          sb: '',
          token_type: session.token_type,
          type: found.kind,
        },
      )
    })
  } catch (error) {
    if (!(error instanceof Error && 'status' in error)) throw error
    const { status, code, message } = error as Error & AuthFailure
    const word = {
      400: 'invalid_request',
      401: 'unauthorized_client',
      403: 'access_denied',
      500: 'server_error',
    }[status]
    const told = { ...(word && { error: word }), error_code: code, error_description: message }
    return redirect(target, isPkce ? told : {}, { ...told, sb: '' })
  }
}

function redirect(target: string, query: Record<string, string>, hash: Record<string, string>): Response {
  const url = new URL(target)
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  const [page] = Object.keys(query).length > 0 ? [url.href] : [target]
  const fragment = new URLSearchParams(hash).toString()
  return new Response(null, {
    status: 303,
    headers: {
      location: fragment === '' ? (page as string) : `${(page as string).split('#')[0]}#${fragment}`,
    },
  })
}

interface Found {
  user: UserRow
  kind: Kind
  /** Which of the two tokens of a change of address it is. */
  isCurrent: boolean
}

const expired = (what: 'Email link' | 'Token') =>
  authFailure(
    403,
    'otp_expired',
    what === 'Token' ? 'Token has expired or is invalid' : 'Email link is invalid or has expired',
  )

async function findByHash(context: AuthContext, sql: Sql, type: string, hash: string): Promise<Found> {
  if (type === 'email') {
    const user = await lockByToken(sql, hash, ['confirmation_token', 'recovery_token'])
    const kind = user?.recovery_token === hash ? 'magiclink' : 'signup'
    return checked(context, user, kind, 'Email link')
  }
  if (type === 'signup' || type === 'invite')
    return checked(context, await lockByToken(sql, hash, ['confirmation_token']), type, 'Email link')
  if (type === 'recovery' || type === 'magiclink')
    return checked(context, await lockByToken(sql, hash, ['recovery_token']), type, 'Email link')
  if (type !== 'email_change') throw invalid('Invalid email verification type')
  const user = await lockByToken(sql, hash, ['email_change_token_current', 'email_change_token_new'])
  return checked(context, user, type, 'Email link', user?.email_change_token_current === hash)
}

async function findByCode(
  context: AuthContext,
  sql: Sql,
  type: string,
  email: string,
  hash: string,
): Promise<Found> {
  const same = (expected: string) => expected === hash || expected === `pkce_${hash}`
  if (type === 'email_change') {
    const user = await lockByEmailChange(sql, email, hash)
    return checked(context, user, type, 'Token', user !== undefined && same(user.email_change_token_current))
  }
  const user = await lockByEmail(sql, email)
  if (!user) throw expired('Token')
  if (user.banned) throw authFailure(403, 'user_banned', 'User is banned')
  const confirms = same(user.confirmation_token) && !isExpired(user.confirmation_sent_at, context)
  const recovers = same(user.recovery_token) && !isExpired(user.recovery_sent_at, context)
  if ((type === 'email' || type === 'signup' || type === 'invite') && confirms)
    return { user, kind: type === 'invite' ? 'invite' : 'signup', isCurrent: false }
  if ((type === 'email' || type === 'magiclink' || type === 'recovery') && recovers)
    return { user, kind: type === 'recovery' ? 'recovery' : 'magiclink', isCurrent: false }
  throw expired('Token')
}

function checked(
  context: AuthContext,
  user: UserRow | undefined,
  kind: Kind,
  what: 'Email link' | 'Token',
  isCurrent = false,
): Found {
  if (!user) throw expired(what)
  if (user.banned) throw authFailure(403, 'user_banned', 'User is banned')
  const sentAt =
    kind === 'email_change'
      ? user.email_change_sent_at
      : kind === 'signup' || kind === 'invite'
        ? user.confirmation_sent_at
        : user.recovery_sent_at
  if (isExpired(sentAt, context)) throw expired(what)
  return { user, kind, isCurrent }
}

/** Uses the token up. False when a change of address still waits for the other mail. */
async function accept(context: AuthContext, sql: Sql, { user, kind, isCurrent }: Found): Promise<boolean> {
  if (kind === 'email_change') {
    const { enableConfirmations, doubleConfirmChanges } = context.config.auth
    const asksBoth = enableConfirmations && doubleConfirmChanges && user.email !== ''
    if (asksBoth && user.email_change_confirm_status === 0) {
      const column = isCurrent ? 'email_change_token_current' : 'email_change_token_new'
      await sql`
        update auth.users set email_change_confirm_status = 1, ${sql(column)} = '' where id = ${user.id}`
      return false
    }
    await changeEmail(sql, user, user.email_change)
  } else if (kind === 'signup' || kind === 'invite') {
    // Somebody who was invited has no password; the application asks for one next.
    if (user.encrypted_password === '' && user.invited_at) {
      const password = randomBytes(48).toString('base64url')
      await sql`
        update auth.users set encrypted_password = extensions.crypt(${password}, extensions.gen_salt('bf'))
        where id = ${user.id}`
    }
    await confirmEmail(sql, user.id)
    await sql`
      update auth.identities set identity_data = identity_data || '{"email_verified": true}', updated_at = now()
      where user_id = ${user.id} and email = ${user.email}`
  } else {
    await sql`update auth.users set recovery_token = '' where id = ${user.id}`
    if (!user.email_confirmed_at) await confirmEmail(sql, user.id)
  }
  const rows = await sql<{ provider: string }[]>`
    select distinct provider from auth.identities where user_id = ${user.id} order by provider`
  const providers = rows.map(({ provider }) => provider)
  const first = providers.length > 0 ? { provider: providers[0] } : {}
  await mergeMetadata(sql, user.id, 'raw_app_meta_data', { ...first, providers })
  return true
}

/** The new address takes the place of the old one; an anonymous user becomes a permanent one. */
export async function changeEmail(sql: Sql, user: UserRow, email: string): Promise<void> {
  try {
    await sql`
      update auth.users set
        email = ${email}, email_change = '', email_change_token_current = '', email_change_token_new = '',
        email_change_confirm_status = 0, is_anonymous = false, updated_at = now()
      where id = ${user.id}`
  } catch (error) {
    if ((error as { code?: string }).code !== '23505') throw error
    throw authFailure(422, 'email_exists', 'A user with this email address has already been registered')
  }
  await insertEmailIdentity(sql, user, email, {}, true)
  if (!user.email_confirmed_at) await confirmEmail(sql, user.id)
}

async function issueCode(sql: Sql, { user, kind }: Found): Promise<string> {
  const method: FlowMethod = kind === 'signup' ? 'email/signup' : kind
  const [flow] = await sql<{ auth_code: string }[]>`
    update auth.flow_state set auth_code_issued_at = now()
    where id = (
      select id from auth.flow_state where user_id = ${user.id} and authentication_method = ${method} order by created_at desc limit 1
    ) returning auth_code`
  if (!flow) throw authFailure(400, 'flow_state_not_found', 'No associated flow state found.')
  return flow.auth_code
}
