import { expect, test } from 'vitest'
import { diffText } from '../../src/diff/index.ts'
import { connectToDatabase } from '../chat/sql/database.ts'
import { type Person, signUp } from '../support/people.ts'

const content = 'la'
const nobody = () => `${crypto.randomUUID()}@example.com`

async function sent({ tertulia }: Person, songId: string) {
  const { items } = await tertulia.sharing.listShares(songId)
  return items.map(({ email, state }) => [email, state])
}

test('two people who shared with each other may delete their accounts at the same moment', async () => {
  const { sql, call, people } = connectToDatabase(8)
  for (let round = 0; round < 8; round++) {
    const [ana = '', ben = ''] = await people(2)
    for (let n = 0; n < 3; n++) {
      for (const [owner, other] of [
        [ana, ben],
        [ben, ana],
      ] as const) {
        const id = crypto.randomUUID()
        await sql`insert into public.songs ${sql({ id, title: 'x', content, created_by: owner, visibility: 'public' })}`
        const share = await call<{ id: string }>(owner, 'share_song', {
          song_id: id,
          user_id: other,
          role: 'edit',
        })
        await call(other, 'accept_song_share', { share_id: share.id })
      }
    }
    await Promise.all([ana, ben].map((person) => call(person, 'delete_account')))
  }
})

test('an invitation by address looks the same when the account behind it goes or gets the song', async () => {
  const [ana, ben, carla, dora] = await Promise.all(
    ['Ana', 'Ben', 'Carla', 'Dora'].map((name) => signUp(name)),
  )
  const { id } = await ana!.tertulia.songs.create({ content })
  const admin = await ana!.tertulia.sharing.share(id, { userId: ben!.id, role: 'admin' })
  await ben!.tertulia.sharing.accept(admin.id)
  for (const email of [carla!.email, dora!.email, nobody()])
    await ben!.tertulia.sharing.share(id, { email, role: 'view' })
  const before = (await sent(ben!, id)).filter(([email]) => email)
  expect(before.map(([, state]) => state)).toEqual(['pending', 'pending', 'pending'])
  await carla!.tertulia.profiles.deleteAccount()
  const transfer = await ana!.tertulia.sharing.offerTransfer(id, dora!.id)
  await dora!.tertulia.sharing.acceptTransfer(transfer.id)
  expect((await sent(ben!, id)).filter(([email]) => email).sort()).toEqual(before.sort())
})

test('a text of brackets is compared in time', () => {
  const text = '['.repeat(131_072)
  expect(diffText(text, `${text.slice(1)}x`)).toHaveLength(1)
})

test('notices and the export name no song that the person was never let into', async () => {
  const [ana, ben] = (await Promise.all([signUp('Ana'), signUp('Ben')])) as [Person, Person]
  const { id } = await ana.tertulia.songs.create({ content })
  const pending = await ana.tertulia.sharing.share(id, { userId: ben.id, role: 'view' })
  await ana.tertulia.sharing.revoke(pending.id)
  const transfer = await ana.tertulia.sharing.offerTransfer(id, ben.id)
  await ana.tertulia.sharing.endTransfer(transfer.id)
  const { items } = await ben.tertulia.sharing.listNotices()
  expect(items.map(({ kind }) => kind).sort()).toEqual([
    'share_offered',
    'share_revoked',
    'transfer_cancelled',
    'transfer_offered',
  ])
  const rows = []
  for await (const row of ben.tertulia.profiles.exportAccount()) rows.push(row)
  expect(rows.filter(({ table }) => /share|notice|transfer/.test(table)).length).toBeGreaterThan(3)
  expect(JSON.stringify([items, rows])).not.toContain(id)
})

test('a share that ran out is revoked without a word on what the song has become', async () => {
  const { sql } = connectToDatabase()
  const [ana, ben] = (await Promise.all([signUp('Ana'), signUp('Ben')])) as [Person, Person]
  const { id } = await ana.tertulia.songs.create({ content })
  const share = await ana.tertulia.sharing.share(id, { userId: ben.id, role: 'view' })
  await ben.tertulia.sharing.accept(share.id)
  await sql`update public.song_shares set expires_at = now() where id = ${share.id}`
  await ana.tertulia.songs.update(id, { title: 'a later secret' })
  await ana.tertulia.sharing.revoke(share.id)
  expect(JSON.stringify((await ben.tertulia.sharing.listNotices()).items)).not.toContain('later secret')
})
