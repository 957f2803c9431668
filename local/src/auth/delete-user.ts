import type postgres from 'postgres'
import { findUser } from './users.ts'

/** Hard: the row goes, and with it whatever references it on delete cascade. Soft: only what names the person goes. */
export async function deleteUser(sql: postgres.Sql, id: string, soft: boolean): Promise<void> {
  await findUser(sql, id)
  await sql.begin(async (transaction) => {
    await transaction`delete from auth.refresh_tokens where user_id = ${id}`
    if (!soft) {
      await transaction`delete from auth.users where id = ${id}`
      return
    }
    await transaction`delete from auth.sessions where user_id = ${id}`
    await transaction`delete from auth.identities where user_id = ${id}`
    await transaction`
      update auth.users set
        deleted_at = now(), updated_at = now(), phone = null, encrypted_password = null,
        email = encode(extensions.digest(coalesce(email, ''), 'sha256'), 'hex'),
        raw_user_meta_data = '{}', raw_app_meta_data = '{}'
      where id = ${id}`
  })
}
