import { randomBytes } from 'node:crypto'
import { authFailure } from './access.ts'
import type { AuthContext } from './context.ts'
import { actionLink } from './mails.ts'
import { newOtp, sendInvitation, tokenHash } from './one-time.ts'
import { authUrl, checkPassword, dataOf, readBody, redirectTarget, textOf, validEmail } from './request.ts'
import {
  emailIsTaken,
  insertEmailIdentity,
  insertUser,
  lockByEmail,
  mergeMetadata,
  type NewUser,
  type Sql,
  type TokenColumn,
  type UserRow,
} from './rows.ts'
import { findUser } from './users.ts'

const TAKEN = 'A user with this email address has already been registered'
const KINDS = [
  'signup',
  'magiclink',
  'recovery',
  'invite',
  'email_change_current',
  'email_change_new',
] as const
type Kind = (typeof KINDS)[number]

async function insertWithIdentity(sql: Sql, user: NewUser): Promise<UserRow> {
  const row = await insertUser(sql, user)
  await insertEmailIdentity(sql, row, user.email)
  return row
}

/** `POST /invite`, for the secret key. */
export async function invite(context: AuthContext, request: Request): Promise<Response> {
  const body = await readBody(request, ['email'])
  const email = validEmail(textOf(body, 'email'))
  return await context.sql.begin(async (sql) => {
    const known = await lockByEmail(sql, email)
    if (known?.email_confirmed_at) throw authFailure(422, 'email_exists', TAKEN)
    const user = known ?? (await insertWithIdentity(sql, { email, data: dataOf(body) }))
    await sendInvitation({ context, sql, request }, user)
    return Response.json(await findUser(sql, user.id))
  })
}

/** `POST /admin/generate_link`: the link and the code of a mail that nobody sends. */
export async function generateLink(context: AuthContext, request: Request): Promise<Response> {
  const body = await readBody(request, ['type', 'email', 'new_email', 'password', 'redirect_to'])
  const email = validEmail(textOf(body, 'email'))
  const asked = textOf(body, 'type')
  const redirectTo = redirectTarget(request, context.config, textOf(body, 'redirect_to'))
  return await context.sql.begin(async (sql) => {
    const known = await lockByEmail(sql, email)
    const kind = kindOf(asked, known)
    const password = asked === 'magiclink' ? randomBytes(48).toString('base64url') : textOf(body, 'password')
    const otp = newOtp(context)
    const newEmail = kind.startsWith('email_change') ? validEmail(textOf(body, 'new_email')) : ''
    const hash = tokenHash(kind === 'email_change_new' ? newEmail : email, otp)
    const user = await userFor(context, sql, kind, known, { email, password, data: dataOf(body) })
    if (newEmail !== '') await prepareEmailChange(context, sql, kind, user, newEmail)
    await keepToken(sql, kind, user, hash)
    const type = kind.startsWith('email_change') ? 'email_change' : kind
    return Response.json({
      ...(await findUser(sql, user.id)),
      action_link: actionLink({ base: authUrl(request), tokenHash: hash, type, redirectTo }),
      email_otp: otp,
      hashed_token: hash,
      verification_type: kind,
      redirect_to: redirectTo,
    })
  })
}

function kindOf(asked: string, known: UserRow | undefined): Kind {
  const kind = KINDS.find((candidate) => candidate === asked)
  if (!kind) throw authFailure(400, 'validation_failed', `Invalid email action link type requested: ${asked}`)
  if (known) return kind
  if (kind === 'magiclink') return 'signup'
  if (kind === 'signup' || kind === 'invite') return kind
  throw authFailure(404, 'user_not_found', 'User with this email not found')
}

async function userFor(
  context: AuthContext,
  sql: Sql,
  kind: Kind,
  known: UserRow | undefined,
  { email, password, data }: { email: string; password: string; data: Record<string, unknown> },
): Promise<UserRow> {
  if ((kind === 'signup' || kind === 'invite') && known?.email_confirmed_at)
    throw authFailure(422, 'email_exists', TAKEN)
  if (known) {
    if (kind === 'signup') await mergeMetadata(sql, known.id, 'raw_user_meta_data', data)
    return known
  }
  if (kind === 'invite') return await insertWithIdentity(sql, { email, data })
  if (password === '') throw authFailure(400, 'validation_failed', 'Signup requires a valid password')
  checkPassword(password, context.config)
  return await insertWithIdentity(sql, { email, password, data })
}

async function prepareEmailChange(
  { config }: AuthContext,
  sql: Sql,
  kind: Kind,
  user: UserRow,
  newEmail: string,
): Promise<void> {
  if (kind === 'email_change_current' && !config.auth.doubleConfirmChanges) {
    throw authFailure(
      400,
      'validation_failed',
      'Enable secure email change to generate link for current email',
    )
  }
  if (await emailIsTaken(sql, newEmail, user.id)) throw authFailure(422, 'email_exists', TAKEN)
  await sql`
    update auth.users set email_change = ${newEmail}, email_change_sent_at = now(), email_change_confirm_status = 0
    where id = ${user.id}`
}

const COLUMNS: Record<Kind, TokenColumn> = {
  signup: 'confirmation_token',
  invite: 'confirmation_token',
  magiclink: 'recovery_token',
  recovery: 'recovery_token',
  email_change_current: 'email_change_token_current',
  email_change_new: 'email_change_token_new',
}

async function keepToken(sql: Sql, kind: Kind, user: UserRow, hash: string): Promise<void> {
  const column = COLUMNS[kind]
  await sql`update auth.users set ${sql(column)} = ${hash} where id = ${user.id}`
  if (column === 'confirmation_token') {
    await sql`
      update auth.users set confirmation_sent_at = now(),
        invited_at = case when ${kind === 'invite'} then now() else invited_at end
      where id = ${user.id}`
  }
  if (column === 'recovery_token')
    await sql`update auth.users set recovery_sent_at = now() where id = ${user.id}`
}
