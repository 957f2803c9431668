import { randomBytes } from 'node:crypto'
import { authFailure } from './access.ts'
import type { AuthContext } from './context.ts'
import { sendConfirmation, sendEmailChange, sendReauthentication, sendRecovery } from './one-time.ts'
import { type Body, type Challenge, challengeOf, dataOf, readBody, textOf, validEmail } from './request.ts'
import { lockByEmail } from './rows.ts'
import { callerOf } from './sessions.ts'
import { registerUser } from './signup.ts'

const FIELDS = ['email', 'phone', 'channel', 'type', 'code_challenge', 'code_challenge_method']
const invalid = (message: string, status = 400) => authFailure(status, 'validation_failed', message)

/** `POST /otp`: a magic link and a code for the address; makes the user unless `create_user` is false. */
export async function sendOtp(context: AuthContext, request: Request): Promise<Response> {
  const body = await readBody(request, FIELDS)
  const email = textOf(body, 'email')
  const phone = textOf(body, 'phone')
  if (email !== '' && phone !== '') throw invalid('Only an email address or phone number should be provided')
  if (email !== '' && textOf(body, 'channel') !== '')
    throw invalid('Channel should only be specified with Phone OTP')
  challengeOf(body)
  if (body.create_user === false && email !== '') {
    const [known] = await context.sql`
      select from auth.users where email = ${validEmail(email)} and not is_sso_user`
    if (!known) throw authFailure(422, 'otp_disabled', 'Signups not allowed for otp')
  }
  if (email !== '') return await magicLink(context, request, body)
  if (phone !== '') throw authFailure(400, 'phone_provider_disabled', 'Unsupported phone provider')
  throw invalid('One of email or phone must be set')
}

/** `POST /magiclink`, the older call. */
export async function sendMagicLink(context: AuthContext, request: Request): Promise<Response> {
  return await magicLink(context, request, await readBody(request, FIELDS))
}

async function magicLink(context: AuthContext, request: Request, body: Body): Promise<Response> {
  const { auth } = context.config
  if (!auth.enableEmailSignup) throw authFailure(422, 'email_provider_disabled', 'Email logins are disabled')
  if (textOf(body, 'email') === '') throw invalid('Password recovery requires an email', 422)
  const email = validEmail(textOf(body, 'email'))
  const flow = challengeOf(body)
  await context.sql.begin(async (sql) => {
    const known = await lockByEmail(sql, email)
    if (!known?.email_confirmed_at) {
      if (!auth.enableSignup)
        throw authFailure(422, 'signup_disabled', 'Signups not allowed for this instance')
      const password = randomBytes(33).toString('base64url')
      const { user } = await registerUser(context, sql, request, {
        email,
        password,
        data: dataOf(body),
        flow,
      })
      // With confirmations the mail that was sent is itself the link.
      if (auth.enableConfirmations) return
      await sendRecovery({ context, sql, request }, user, 'magiclink', flow)
      return
    }
    await sendRecovery({ context, sql, request }, known, 'magiclink', flow)
  })
  return Response.json({})
}

/** `POST /recover`. An address without an account gets the same answer. */
export async function sendPasswordRecovery(context: AuthContext, request: Request): Promise<Response> {
  const body = await readBody(request, FIELDS)
  if (textOf(body, 'email') === '') throw invalid('Password recovery requires an email')
  const email = validEmail(textOf(body, 'email'))
  const flow = challengeOf(body)
  await context.sql.begin(async (sql) => {
    const user = await lockByEmail(sql, email)
    if (user) await sendRecovery({ context, sql, request }, user, 'recovery', flow)
  })
  return Response.json({})
}

/** `POST /resend`, of a confirmation or a change of address. */
export async function resend(context: AuthContext, request: Request): Promise<Response> {
  const body = await readBody(request, FIELDS)
  const { type, email, flow } = resendOf(body)
  await context.sql.begin(async (sql) => {
    const user = await lockByEmail(sql, email)
    if (!user) return
    const sending = { context, sql, request }
    if (type === 'signup' && !user.email_confirmed_at) await sendConfirmation(sending, user, flow)
    if (type === 'email_change' && user.email_change !== '')
      await sendEmailChange(sending, user, user.email_change, flow)
  })
  return Response.json({})
}

function resendOf(body: Body): { type: string; email: string; flow: Challenge | undefined } {
  const type = textOf(body, 'type')
  const phone = textOf(body, 'phone')
  if (!['signup', 'email_change', 'sms', 'phone_change'].includes(type))
    throw invalid('Missing one of these types: signup, email_change, sms, phone_change')
  const flow = type === 'signup' || type === 'email_change' ? challengeOf(body) : undefined
  if (textOf(body, 'email') === '' && type === 'signup')
    throw invalid('Type provided requires an email address')
  if (phone === '' && type === 'sms') throw invalid('Type provided requires a phone number')
  if (textOf(body, 'email') !== '' && phone !== '')
    throw invalid('Only an email address or phone number should be provided.')
  if (phone !== '') throw authFailure(400, 'phone_provider_disabled', 'Phone logins are disabled')
  if (textOf(body, 'email') === '') throw invalid('Missing email address or phone number')
  return { type, email: validEmail(textOf(body, 'email')), flow }
}

/** `GET /reauthenticate`: a code that a change of the password asks for. */
export async function reauthenticate(context: AuthContext, request: Request): Promise<Response> {
  await context.sql.begin(async (sql) => {
    const { user } = await callerOf(context, sql, request)
    if (user.email === '' && user.phone === '')
      throw invalid('Reauthentication requires the user to have an email or a phone number')
    if (user.email === '') throw authFailure(422, 'phone_not_confirmed', 'Please verify your phone first.')
    if (!user.email_confirmed_at)
      throw authFailure(422, 'email_not_confirmed', 'Please verify your email first.')
    await sendReauthentication({ context, sql, request }, user)
  })
  return Response.json({})
}
