import type postgres from 'postgres'
import { authFailure } from './access.ts'
import { banEnd, checkAttributes, plainPhone, type UserAttributes } from './user-attributes.ts'
import { findUser, type User } from './users.ts'

/** Metadata are merged key by key; null removes a key. */
export async function updateUser(
  sql: postgres.Sql,
  id: string,
  attributes: UserAttributes,
  passwordLength: number,
): Promise<User> {
  checkAttributes(attributes)
  const before = await findUser(sql, id)
  const { password, password_hash: hash, role } = attributes
  const email = attributes.email?.toLowerCase()
  const phone = attributes.phone ? plainPhone(attributes.phone) : undefined
  if (password !== undefined && password.length < passwordLength)
    throw authFailure(422, 'weak_password', `Password should be at least ${passwordLength} characters.`)
  const ban = banEnd(attributes.ban_duration)
  const userMetadata = merge(before.user_metadata, attributes.user_metadata)
  const appMetadata = merge(before.app_metadata, attributes.app_metadata)
  await sql.begin(async (transaction) => {
    await transaction`
      update auth.users set
        email = coalesce(${email || null}, email),
        phone = coalesce(${phone || null}, phone),
        role = coalesce(${role || null}, role),
        encrypted_password = coalesce(
          ${hash ?? null}, extensions.crypt(${password ?? null}, extensions.gen_salt('bf')), encrypted_password),
        email_confirmed_at = case when ${attributes.email_confirm === true} then coalesce(email_confirmed_at, now()) else email_confirmed_at end,
        phone_confirmed_at = case when ${attributes.phone_confirm === true} then coalesce(phone_confirmed_at, now()) else phone_confirmed_at end,
        banned_until = case when ${ban === undefined} then banned_until else ${ban ?? null}::timestamptz end,
        raw_user_meta_data = ${sql.json(userMetadata as postgres.JSONValue)},
        raw_app_meta_data = ${sql.json(appMetadata as postgres.JSONValue)},
        updated_at = now()
      where id = ${id}`
    if (email) {
      await transaction`
        update auth.identities set identity_data = identity_data || jsonb_build_object('email', ${email}::text), updated_at = now()
        where user_id = ${id} and provider = 'email'`
    }
    if (password !== undefined || hash !== undefined) {
      // A new password ends every session, as it does on the platform.
      await transaction`delete from auth.refresh_tokens where user_id = ${id}`
      await transaction`delete from auth.sessions where user_id = ${id}`
    }
  })
  return await findUser(sql, id)
}

function merge(before: unknown, changes: Record<string, unknown> = {}): Record<string, unknown> {
  const merged = { ...(before as Record<string, unknown>), ...changes }
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null))
}
