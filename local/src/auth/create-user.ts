import type postgres from 'postgres'
import { authFailure } from './access.ts'
import { banEnd, checkAttributes, plainPhone, type UserAttributes } from './user-attributes.ts'
import { findUser, type User } from './users.ts'

/** As Supabase Auth does: any password goes that bcrypt takes; the rules for people bind the update alone. */
export async function createUser(sql: postgres.Sql, attributes: UserAttributes): Promise<User> {
  checkAttributes(attributes)
  const { password_hash: hash, role } = attributes
  const id = attributes.id || crypto.randomUUID()
  const password = attributes.password || null
  const email = attributes.email?.toLowerCase() || null
  const phone = attributes.phone ? plainPhone(attributes.phone) : null
  if (!email && !phone) {
    throw authFailure(400, 'validation_failed', 'Cannot create a user without either an email or phone')
  }
  const providers = [...(email ? ['email'] : []), ...(phone ? ['phone'] : [])]
  const appMetadata = { provider: providers[0], providers, ...attributes.app_metadata }
  const confirmed = { ...(attributes.email_confirm && { email_verified: true }) }
  const userMetadata = { ...attributes.user_metadata, ...confirmed }
  await sql.begin(async (transaction) => {
    await transaction`
      insert into auth.users (
        id, aud, role, email, phone, encrypted_password, email_confirmed_at, phone_confirmed_at, banned_until,
        raw_app_meta_data, raw_user_meta_data
      ) values (
        ${id}, 'authenticated', ${role || 'authenticated'}, ${email}, ${phone},
        coalesce(${hash || null}, extensions.crypt(${password}, extensions.gen_salt('bf'))),
        case when ${attributes.email_confirm === true} then now() end,
        case when ${attributes.phone_confirm === true} then now() end,
        ${banEnd(attributes.ban_duration) ?? null},
        ${sql.json(appMetadata as postgres.JSONValue)}, ${sql.json(userMetadata as postgres.JSONValue)}
      )`
    for (const provider of providers) {
      const contact = provider === 'email' ? { email } : { phone }
      const data = { sub: id, ...contact, email_verified: false, phone_verified: false }
      await transaction`
        insert into auth.identities (id, provider, provider_id, user_id, identity_data)
        values (gen_random_uuid(), ${provider}, ${id}, ${id}, ${sql.json(data)})`
    }
  })
  return await findUser(sql, id)
}
