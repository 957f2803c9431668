import { authFailure } from './access.ts'
import type { AuthContext } from './context.ts'
import { isExpired, sendEmailChange, tokenHash } from './one-time.ts'
import { challengeOf, checkPassword, dataOf, readBody, textOf, validEmail } from './request.ts'
import { emailIsTaken, mergeMetadata, type Sql, type UserRow } from './rows.ts'
import { type Caller, callerOf } from './sessions.ts'
import { findUser } from './users.ts'
import { changeEmail } from './verify.ts'

/** `PUT /user`, what `updateUser` calls. */
export async function changeUser(context: AuthContext, request: Request): Promise<Response> {
  const body = await readBody(request, [
    ...['email', 'phone', 'password', 'nonce', 'channel'],
    ...['code_challenge', 'code_challenge_method'],
  ])
  return await context.sql.begin(async (sql) => {
    const caller = await callerOf(context, sql, request)
    const { user } = caller
    const email = textOf(body, 'email') === '' ? '' : validEmail(textOf(body, 'email'))
    const password = typeof body.password === 'string' ? body.password : undefined
    if (textOf(body, 'phone') !== '' && textOf(body, 'phone') !== user.phone)
      throw authFailure(400, 'phone_provider_disabled', 'Unsupported phone provider')
    if (password !== undefined) checkPassword(password, context.config)
    if (body.app_metadata !== undefined && body.app_metadata !== null)
      throw authFailure(403, 'not_admin', 'Updating app_metadata requires admin privileges')
    if (user.is_anonymous && password && email === '') {
      throw authFailure(
        422,
        'validation_failed',
        'Updating password of an anonymous user without an email or phone is not allowed',
      )
    }
    const changesEmail = email !== '' && email !== user.email
    if (changesEmail && (await emailIsTaken(sql, email, user.id)))
      throw authFailure(422, 'email_exists', 'A user with this email address has already been registered')
    if (password !== undefined) await changePassword(context, sql, caller, password, textOf(body, 'nonce'))
    if (body.data) await mergeMetadata(sql, user.id, 'raw_user_meta_data', dataOf(body))
    const after = password === undefined ? user : { ...user, email_change_sent_at: null }
    if (changesEmail) {
      // Adding an address to an anonymous account is like a sign-up; a permanent one always confirms the change.
      if (user.is_anonymous && !context.config.auth.enableConfirmations) await changeEmail(sql, after, email)
      else await sendEmailChange({ context, sql, request }, after, email, challengeOf(body))
    }
    return Response.json(await findUser(sql, user.id))
  })
}

/** Ends every other session of the user, and every code and link that was sent. */
async function changePassword(
  context: AuthContext,
  sql: Sql,
  { user, sessionId }: Caller,
  password: string,
  nonce: string,
): Promise<void> {
  if (context.config.auth.securePasswordChange) await checkNonce(context, sql, user, sessionId, nonce)
  const [same] = await sql`
    select from auth.users
    where id = ${user.id} and encrypted_password <> ''
      and encrypted_password = extensions.crypt(${password}, encrypted_password)`
  if (same) {
    throw authFailure(422, 'same_password', 'New password should be different from the old password.')
  }
  await sql`
    update auth.users set
      encrypted_password = extensions.crypt(${password}, extensions.gen_salt('bf')),
      confirmation_token = '', confirmation_sent_at = null, recovery_token = '', recovery_sent_at = null,
      email_change_token_current = '', email_change_token_new = '', email_change_sent_at = null,
      reauthentication_token = '', reauthentication_sent_at = null, updated_at = now()
    where id = ${user.id}`
  await sql`
    delete from auth.refresh_tokens where user_id = ${user.id} and session_id is distinct from ${sessionId ?? null}`
  await sql`delete from auth.sessions where user_id = ${user.id} and id is distinct from ${sessionId ?? null}`
}

/** A session of less than a day needs no code. */
async function checkNonce(
  context: AuthContext,
  sql: Sql,
  user: UserRow,
  sessionId: string | undefined,
  nonce: string,
): Promise<void> {
  const [recent] = sessionId
    ? await sql`select from auth.sessions where id = ${sessionId} and created_at > now() - interval '24 hours'`
    : []
  if (recent) return
  if (nonce === '')
    throw authFailure(400, 'reauthentication_needed', 'Password update requires reauthentication')
  const isValid =
    user.reauthentication_token !== '' &&
    user.reauthentication_token === tokenHash(user.email, nonce) &&
    !isExpired(user.reauthentication_sent_at, context)
  if (!isValid) throw authFailure(422, 'reauthentication_not_valid', 'Nonce has expired or is invalid')
}
