import { expect, test } from 'vitest'
import { codeOf, connectToDatabase } from '../chat/sql/database.ts'
import { whileHeld } from '../support/waiting.ts'

// `update_song` is the save without a version, which clients of before call.

async function settle() {
  const { sql, call, people } = connectToDatabase(6)
  const [ana = '', ben = ''] = await people(2)
  const id = crypto.randomUUID()
  await sql`insert into public.songs ${sql({ id, title: 'x', content: 'la', created_by: ana, visibility: 'shared' })}`
  const give = async (role: string) => {
    const share = await call<{ id: string }>(ana, 'offer_share', { target_id: id, user_id: ben, role })
    await call(ben, 'accept_share', { share_id: share.id })
    return share.id
  }
  const update = (person: string, changes: object) =>
    codeOf(call(person, 'update_song', { song_id: id, changes }))
  const read = async () =>
    (await sql`select title, visibility, version from public.songs where id = ${id}`)[0]
  return { sql, call, ana, ben, id, give, update, read }
}

test('it saves for editors and up, and who sees the song is for the owner alone', async () => {
  const { sql, ana, ben, give, update, read } = await settle()
  expect(await update(ben, { title: 'taken' })).toBe('song_not_found')
  const share = await give('view')
  expect(await update(ben, { title: 'taken' })).toBe('forbidden')
  expect(await read()).toMatchObject({ title: 'x', version: 1 })
  await sql`update public.shares set role = 'edit' where id = ${share}`
  expect(await update(ben, { title: 'ours' })).toBeNull()
  expect(await update(ben, { visibility: 'public' })).toBe('forbidden')
  expect(await update(ana, { visibility: 'public' })).toBeNull()
  expect(await read()).toMatchObject({ title: 'ours', visibility: 'public' })
})

test('it saves nothing for a user whose role ends while it waits for the song', async () => {
  const { ben, id, give, update, read } = await settle()
  const share = await give('edit')
  const code = await whileHeld(
    `select from public.songs where id = '${id}' for update;
    update public.shares set ended_at = now(), end_reason = 'revoked' where id = '${share}'`,
    'update_song',
    () => update(ben, { title: 'taken' }),
  )
  expect(code).toBe('song_not_found')
  expect(await read()).toMatchObject({ title: 'x' })
})
