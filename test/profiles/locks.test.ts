import { expect, test } from 'vitest'
import { codeOf, connectToDatabase } from '../chat/sql/database.ts'
import { whileHeld } from '../support/waiting.ts'

test('a change of the profile that waits while the account goes is refused, and the row stays empty', async () => {
  const { sql, call, people } = connectToDatabase(4)
  const [ana = ''] = await people(1)
  const code = await whileHeld(`delete from auth.users where id = '${ana}'`, 'update_profile', () =>
    codeOf(call(ana, 'update_profile', { changes: { links: [{ label: 'x', url: 'https://example.com' }] } })),
  )
  expect(code).toBe('account_not_found')
  expect(await sql`select handle, bio from public.profiles where id = ${ana}`).toEqual([
    { handle: null, bio: '' },
  ])
  expect(await sql`select from public.profile_links where profile_id = ${ana}`).toHaveLength(0)
})

test('of two changes at once the second waits for the first, and keeps what it wrote', async () => {
  const { sql, call, people } = connectToDatabase(4)
  const [ana = ''] = await people(1)
  const languages = async () =>
    (await sql`select language from public.profile_languages where profile_id = ${ana} order by 1`).map(
      (row) => row.language,
    )
  await whileHeld(
    `select from public.profiles where id = '${ana}' for no key update;
    insert into public.profile_languages (profile_id, language, position) values ('${ana}', 'es', 1)`,
    'update_profile',
    () => call(ana, 'update_profile', { changes: { languages: ['pt'] } }),
  )
  expect(await languages()).toEqual(['pt'])
})
