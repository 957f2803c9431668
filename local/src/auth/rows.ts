import type postgres from 'postgres'
import { authFailure } from './access.ts'

/** A connection, or a transaction on one. */
export type Sql = postgres.Sql | postgres.TransactionSql

/** What the calls of Auth read of a user's row. */
export interface UserRow {
  id: string
  email: string
  phone: string
  email_confirmed_at: Date | null
  phone_confirmed_at: Date | null
  invited_at: Date | null
  encrypted_password: string
  confirmation_token: string
  confirmation_sent_at: Date | null
  recovery_token: string
  recovery_sent_at: Date | null
  email_change: string
  email_change_token_new: string
  email_change_token_current: string
  email_change_sent_at: Date | null
  email_change_confirm_status: number
  reauthentication_token: string
  reauthentication_sent_at: Date | null
  is_anonymous: boolean
  banned: boolean
  raw_user_meta_data: Record<string, unknown>
}

const columns = (sql: Sql) => sql`
  id, coalesce(email, '') as email, coalesce(phone, '') as phone, email_confirmed_at, phone_confirmed_at, invited_at,
  coalesce(encrypted_password, '') as encrypted_password,
  coalesce(confirmation_token, '') as confirmation_token, confirmation_sent_at,
  coalesce(recovery_token, '') as recovery_token, recovery_sent_at, coalesce(email_change, '') as email_change,
  coalesce(email_change_token_new, '') as email_change_token_new,
  coalesce(email_change_token_current, '') as email_change_token_current, email_change_sent_at,
  coalesce(email_change_confirm_status, 0) as email_change_confirm_status,
  coalesce(reauthentication_token, '') as reauthentication_token, reauthentication_sent_at, is_anonymous,
  coalesce(banned_until > now(), false) as banned, coalesce(raw_user_meta_data, '{}') as raw_user_meta_data`

/** Holds the row until the transaction ends: of two calls with one token, the second finds it used. */
export async function lockByEmail(sql: Sql, email: string): Promise<UserRow | undefined> {
  const [row] = await sql<UserRow[]>`
    select ${columns(sql)} from auth.users where email = ${email} and not is_sso_user for update`
  return row
}

export async function lockById(sql: Sql, id: string): Promise<UserRow | undefined> {
  const [row] = await sql<UserRow[]>`select ${columns(sql)} from auth.users where id = ${id} for update`
  return row
}

export type TokenColumn =
  | 'confirmation_token'
  | 'recovery_token'
  | 'email_change_token_new'
  | 'email_change_token_current'

export async function lockByToken(
  sql: Sql,
  token: string,
  among: TokenColumn[],
): Promise<UserRow | undefined> {
  const matches = among.map((column) => sql`${sql(column)} = ${token}`)
  const [row] = await sql<UserRow[]>`
    select ${columns(sql)} from auth.users
    where not is_sso_user and (${matches.flatMap((match, index) => (index ? [sql` or `, match] : [match]))})
    for update`
  return row
}

/** By the address that the token was sent to, old or new. */
export async function lockByEmailChange(
  sql: Sql,
  email: string,
  token: string,
): Promise<UserRow | undefined> {
  const tokens = [token, `pkce_${token}`]
  const [row] = await sql<UserRow[]>`
    select ${columns(sql)} from auth.users
    where (email = ${email} and email_change_token_current = any(${tokens}))
      or (email_change = ${email} and email_change_token_new = any(${tokens}))
    for update`
  return row
}

export async function emailIsTaken(sql: Sql, email: string, by?: string): Promise<boolean> {
  const [row] = await sql`
    select from auth.users
    where email = ${email} and not is_sso_user and id is distinct from ${by ?? null}`
  return row !== undefined
}

export interface NewUser {
  email: string
  password?: string
  data: Record<string, unknown>
  isAnonymous?: boolean
}

/** The row alone: triggers of the project run now, and what they refuse ends the call. */
export async function insertUser(sql: Sql, user: NewUser): Promise<UserRow> {
  const id = crypto.randomUUID()
  const { email, password, data, isAnonymous = false } = user
  const appMetadata = isAnonymous ? {} : { provider: 'email', providers: ['email'] }
  try {
    await sql`
      insert into auth.users (
        instance_id, id, aud, role, email, encrypted_password, raw_app_meta_data, raw_user_meta_data, is_anonymous,
        confirmation_token, recovery_token, email_change, email_change_token_new, email_change_token_current,
        reauthentication_token, phone_change, phone_change_token
      ) values (
        '00000000-0000-0000-0000-000000000000', ${id}, 'authenticated', 'authenticated', ${email || null},
        coalesce(extensions.crypt(${password ?? null}, extensions.gen_salt('bf')), ''),
        ${sql.json(appMetadata)}, ${sql.json(data as postgres.JSONValue)}, ${isAnonymous},
        '', '', '', '', '', '', '', ''
      )`
  } catch (error) {
    const { message, constraint_name: constraint } = error as { message: string; constraint_name?: string }
    if (constraint === 'users_email_partial_key')
      throw authFailure(422, 'user_already_exists', 'User already registered')
    throw authFailure(500, 'unexpected_failure', `Database error saving new user: ${message}`)
  }
  return (await lockById(sql, id)) as UserRow
}

export async function insertEmailIdentity(
  sql: Sql,
  user: UserRow,
  email: string,
  data: Record<string, unknown> = {},
  verified = false,
): Promise<void> {
  const claims = { ...data, sub: user.id, email, email_verified: verified, phone_verified: false }
  await sql`
    insert into auth.identities (id, provider, provider_id, user_id, identity_data, last_sign_in_at)
    values (gen_random_uuid(), 'email', ${user.id}, ${user.id}, ${sql.json(claims as postgres.JSONValue)}, now())
    on conflict (provider, provider_id) do update
    set identity_data = auth.identities.identity_data || excluded.identity_data, updated_at = now()`
}

/** Merges metadata key by key; null removes a key. */
export async function mergeMetadata(
  sql: Sql,
  id: string,
  column: 'raw_user_meta_data' | 'raw_app_meta_data',
  changes: Record<string, unknown>,
): Promise<void> {
  await sql`
    update auth.users set updated_at = now(), ${sql(column)} = (
      select coalesce(jsonb_object_agg(key, value), '{}')
      from jsonb_each(coalesce(${sql(column)}, '{}') || ${sql.json(changes as postgres.JSONValue)})
      where value <> 'null'
    ) where id = ${id}`
}
