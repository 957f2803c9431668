import { createHash, randomInt } from 'node:crypto'
import { authFailure } from './access.ts'
import type { AuthContext } from './context.ts'
import { sendMail } from './mails.ts'
import { authUrl, type Challenge, redirectTarget } from './request.ts'
import type { Sql, UserRow } from './rows.ts'

/** A code of `auth.email.otp_length` digits. */
export function newOtp({ config }: AuthContext): string {
  const { otpLength } = config.auth
  return String(randomInt(10 ** otpLength)).padStart(otpLength, '0')
}

/** What the database keeps of a code, and what a link carries. */
export function tokenHash(email: string, otp: string): string {
  return createHash('sha224')
    .update(email + otp)
    .digest('hex')
}

const prefixed = (token: string, challenge: Challenge | undefined) => (challenge ? `pkce_${token}` : token)

export function isExpired(sentAt: Date | null, { config }: AuthContext): boolean {
  return sentAt === null || Date.now() > sentAt.getTime() + config.auth.otpExpiry * 1000
}

function checkFrequency(sentAt: Date | null, { config }: AuthContext): void {
  const wait = sentAt ? sentAt.getTime() + config.auth.maxFrequency * 1000 - Date.now() : 0
  if (wait <= 0) return
  throw authFailure(
    429,
    'over_email_send_rate_limit',
    `For security purposes, you can only request this after ${Math.ceil(wait / 1000)} seconds.`,
  )
}

/** How a PKCE flow that a mail goes on with began. */
export type FlowMethod = 'email/signup' | 'magiclink' | 'recovery' | 'invite' | 'email_change'

async function rememberFlow(
  sql: Sql,
  userId: string,
  method: FlowMethod,
  flow: Challenge | undefined,
): Promise<void> {
  if (!flow) return
  await sql`
    insert into auth.flow_state (
      id, user_id, auth_code, authentication_method, code_challenge_method, code_challenge, provider_type
    ) values (
      ${crypto.randomUUID()}, ${userId}, ${crypto.randomUUID()}, ${method}, ${flow.method}, ${flow.challenge},
      ${method === 'email/signup' ? 'email' : method}
    )`
}

export interface Sending {
  context: AuthContext
  sql: Sql
  request: Request
}

export async function sendConfirmation(sending: Sending, user: UserRow, flow?: Challenge): Promise<void> {
  const { context, sql } = sending
  checkFrequency(user.confirmation_sent_at, context)
  const otp = newOtp(context)
  const token = prefixed(tokenHash(user.email, otp), flow)
  await rememberFlow(sql, user.id, 'email/signup', flow)
  await sql`
    update auth.users set confirmation_token = ${token}, confirmation_sent_at = now() where id = ${user.id}`
  sendMail(context, { kind: 'confirmation', user, otp, tokenHash: token, type: 'signup', ...linkOf(sending) })
}

export async function sendInvitation(sending: Sending, user: UserRow): Promise<void> {
  const { context, sql } = sending
  const otp = newOtp(context)
  const token = tokenHash(user.email, otp)
  await sql`
    update auth.users set confirmation_token = ${token}, confirmation_sent_at = now(), invited_at = now()
    where id = ${user.id}`
  sendMail(context, { kind: 'invite', user, otp, tokenHash: token, type: 'invite', ...linkOf(sending) })
}

/** A magic link is a recovery with other words. */
export async function sendRecovery(
  sending: Sending,
  user: UserRow,
  type: 'recovery' | 'magiclink',
  flow?: Challenge,
): Promise<void> {
  const { context, sql } = sending
  checkFrequency(user.recovery_sent_at, context)
  const otp = newOtp(context)
  const token = prefixed(tokenHash(user.email, otp), flow)
  await rememberFlow(sql, user.id, type, flow)
  await sql`update auth.users set recovery_token = ${token}, recovery_sent_at = now() where id = ${user.id}`
  const kind = type === 'recovery' ? 'recovery' : 'magic_link'
  sendMail(context, { kind, user, otp, tokenHash: token, type, ...linkOf(sending) })
}

/** To the new address, and with `double_confirm_changes` to the old one as well. */
export async function sendEmailChange(
  sending: Sending,
  user: UserRow,
  newEmail: string,
  flow?: Challenge,
): Promise<void> {
  const { context, sql } = sending
  checkFrequency(user.email_change_sent_at, context)
  const otp = newOtp(context)
  const token = prefixed(tokenHash(newEmail, otp), flow)
  const asksBoth = context.config.auth.doubleConfirmChanges && user.email !== ''
  const currentOtp = newOtp(context)
  const currentToken = asksBoth
    ? prefixed(tokenHash(user.email, currentOtp), flow)
    : user.email_change_token_current
  await rememberFlow(sql, user.id, 'email_change', flow)
  await sql`
    update auth.users set
      email_change = ${newEmail}, email_change_token_new = ${token}, email_change_token_current = ${currentToken},
      email_change_confirm_status = 0, email_change_sent_at = now(), updated_at = now()
    where id = ${user.id}`
  const mail = { kind: 'email_change', user, newEmail, type: 'email_change', ...linkOf(sending) } as const
  sendMail(context, { ...mail, to: newEmail, otp, tokenHash: token })
  if (asksBoth) sendMail(context, { ...mail, otp: currentOtp, tokenHash: currentToken })
}

export async function sendReauthentication(sending: Sending, user: UserRow): Promise<void> {
  const { context, sql } = sending
  checkFrequency(user.reauthentication_sent_at, context)
  const otp = newOtp(context)
  const token = tokenHash(user.email, otp)
  await sql`
    update auth.users set reauthentication_token = ${token}, reauthentication_sent_at = now() where id = ${user.id}`
  sendMail(context, { kind: 'reauthentication', user, otp, tokenHash: token, type: '', ...linkOf(sending) })
}

function linkOf({ request, context }: Sending) {
  return { base: authUrl(request), redirectTo: redirectTarget(request, context.config) }
}
