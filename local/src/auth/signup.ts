import { authFailure } from './access.ts'
import type { AuthContext } from './context.ts'
import { sendConfirmation } from './one-time.ts'
import {
  authUrl,
  type Body,
  type Challenge,
  challengeOf,
  checkPassword,
  dataOf,
  readBody,
  textOf,
  validEmail,
} from './request.ts'
import {
  insertEmailIdentity,
  insertUser,
  lockByEmail,
  mergeMetadata,
  type Sql,
  type UserRow,
} from './rows.ts'
import { startSession } from './sessions.ts'
import { findUser } from './users.ts'

const invalid = (message: string) => authFailure(400, 'validation_failed', message)

/** `POST /signup`: with an address and a password, or with neither, anonymously. */
export async function signUp(context: AuthContext, request: Request): Promise<Response> {
  const body = await readBody(request, [
    'email',
    'phone',
    'password',
    'code_challenge',
    'code_challenge_method',
  ])
  const { auth } = context.config
  const anonymous = textOf(body, 'email') === '' && textOf(body, 'phone') === ''
  if (anonymous && !auth.enableAnonymous) {
    throw authFailure(422, 'anonymous_provider_disabled', 'Anonymous sign-ins are disabled')
  }
  if (!auth.enableSignup) throw authFailure(422, 'signup_disabled', 'Signups not allowed for this instance')
  if (anonymous) return await signUpAnonymously(context, request, body)
  const password = textOf(body, 'password')
  if (password === '') throw invalid('Signup requires a valid password')
  checkPassword(password, context.config)
  if (textOf(body, 'email') !== '' && textOf(body, 'phone') !== '') {
    throw invalid('Only an email address or phone number should be provided on signup.')
  }
  const flow = challengeOf(body)
  if (textOf(body, 'phone') !== '') {
    throw authFailure(400, 'phone_provider_disabled', 'Phone signups are disabled')
  }
  if (!auth.enableEmailSignup) throw authFailure(400, 'email_provider_disabled', 'Email signups are disabled')
  const email = validEmail(textOf(body, 'email'))
  return await context.sql.begin(async (sql) => {
    const { user, isNew } = await registerUser(context, sql, request, {
      email,
      password,
      data: dataOf(body),
      flow,
    })
    if (!isNew && user.email_confirmed_at) {
      if (auth.enableConfirmations) return Response.json(disguised(email, dataOf(body)))
      throw authFailure(422, 'user_already_exists', 'User already registered')
    }
    if (!auth.enableConfirmations)
      return Response.json(await startSession(context, sql, user.id, 'password', authUrl(request)))
    const shown = await findUser(sql, user.id)
    return Response.json(user.invited_at ? { ...shown, user_metadata: {}, identities: [] } : shown)
  })
}

async function signUpAnonymously(context: AuthContext, request: Request, body: Body): Promise<Response> {
  return await context.sql.begin(async (sql) => {
    const user = await insertUser(sql, { email: '', data: dataOf(body), isAnonymous: true })
    return Response.json(await startSession(context, sql, user.id, 'anonymous', authUrl(request)))
  })
}

interface Registration {
  email: string
  password: string
  data: Record<string, unknown>
  flow: Challenge | undefined
}

/** Makes the user unless there is one, and confirms the address or sends the mail that does. */
export async function registerUser(
  context: AuthContext,
  sql: Sql,
  request: Request,
  { email, password, data, flow }: Registration,
): Promise<{ user: UserRow; isNew: boolean }> {
  const known = await lockByEmail(sql, email)
  if (known?.email_confirmed_at) return { user: known, isNew: false }
  const user = known ?? (await insertUser(sql, { email, password, data }))
  const [identity] = await sql`select from auth.identities where user_id = ${user.id} and provider = 'email'`
  if (!identity) await insertEmailIdentity(sql, user, email, data)
  if (context.config.auth.enableConfirmations) await sendConfirmation({ context, sql, request }, user, flow)
  else await confirmEmail(sql, user.id)
  return { user, isNew: known === undefined }
}

export async function confirmEmail(sql: Sql, id: string): Promise<void> {
  await sql`update auth.users set confirmation_token = '', email_confirmed_at = now() where id = ${id}`
  await mergeMetadata(sql, id, 'raw_user_meta_data', { email_verified: true })
}

/** Nobody learns from a sign-up who has an account: the answer looks like that of a new one. */
function disguised(email: string, data: Record<string, unknown>) {
  const now = new Date().toISOString()
  return {
    id: crypto.randomUUID(),
    aud: 'authenticated',
    role: '',
    email,
    phone: '',
    confirmation_sent_at: now,
    app_metadata: { provider: 'email', providers: ['email'] },
    user_metadata: data,
    identities: [],
    created_at: now,
    updated_at: now,
    is_anonymous: false,
  }
}
