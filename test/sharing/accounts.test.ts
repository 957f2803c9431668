import { describe, expect, test } from 'vitest'
import { diffText } from '../../src/diff/index.ts'
import { connectToDatabase } from '../chat/sql/database.ts'
import { type Person, signUp } from '../support/people.ts'
import { openSeed } from './fixtures/against-seed.ts'

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
        const share = await call<{ id: string }>(owner, 'offer_share', {
          target_id: id,
          user_id: other,
          role: 'edit',
        })
        await call(other, 'accept_share', { share_id: share.id })
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
  await sql`update public.shares set expires_at = now() where id = ${share.id}`
  await ana.tertulia.songs.update(id, { title: 'a later secret' })
  await ana.tertulia.sharing.revoke(share.id)
  expect(JSON.stringify((await ben.tertulia.sharing.listNotices()).items)).not.toContain('later secret')
})

test('whoever has lost a song hears nothing of what it has become by what others do with their shares', async () => {
  const { sql } = connectToDatabase()
  const [ana, ben, carla, dora, eli] = (await Promise.all(
    ['Ana', 'Ben', 'Carla', 'Dora', 'Eli'].map((name) => signUp(name)),
  )) as [Person, Person, Person, Person, Person]
  const { id } = await ana.tertulia.songs.create({ content, visibility: 'shared' })
  const admin = await ana.tertulia.sharing.share(id, { userId: ben.id, role: 'admin' })
  await ben.tertulia.sharing.accept(admin.id)
  const carlas = await ben.tertulia.sharing.share(id, { userId: carla.id, role: 'view' })
  await carla.tertulia.sharing.accept(carlas.id)
  const doras = await ben.tertulia.sharing.share(id, { userId: dora.id, role: 'view' })
  const late = crypto.randomUUID()
  await sql`insert into auth.users (id, email) values (${late}, ${`${late}@example.com`})`
  await ben.tertulia.sharing.share(id, { email: `${late}@example.com`, role: 'view' })
  await eli.tertulia.sharing.openLink((await ana.tertulia.sharing.createLink(id)).token)
  const { items } = await ana.tertulia.sharing.listShares(id)
  const elis = items.find(({ sharedWith }) => sharedWith?.id === eli.id)!

  await ana.tertulia.sharing.revoke(admin.id)
  await ana.tertulia.songs.update(id, { visibility: 'private', title: 'a later secret' })
  await carla.tertulia.sharing.decline(carlas.id)
  await dora.tertulia.sharing.decline(doras.id)
  await ana.tertulia.sharing.revoke(elis.id)
  await sql`update auth.users set email_confirmed_at = now() where id = ${late}`
  const told = await sql`
    select to_jsonb(n) as row from public.notices n where n.user_id = any (${[ben.id, eli.id, late]}::uuid[])
    union all
    select m.payload from realtime.messages m where m.topic = any (${[ben.id, eli.id, late].map((one) => `user:${one}`)})`
  expect(told.length).toBeGreaterThan(2)
  expect(JSON.stringify(told)).not.toContain('later secret')
})

describe('what the seed gets wrong', () => {
  const { become, ben, carla, create, erratum, seedShare, seedSong, share } = openSeed()

  erratum(
    32,
    'deleting an account leaves the shares that it made of others’ songs, and the songs that it handed over',
    { share: 1, song: 1 },
    async (tx) => {
      const song = await create(tx)
      await share(tx, song, ben, 'admin')
      const [given] = await tx`select public.offer_share(${song}, 'view', ${carla}) ->> 'id' as id`
      const [own] = await tx`select id from public.create_song('{"content": "Ben’s"}')`
      const [transfer] = await tx`select public.offer_transfer(${own?.id}, ${carla}) ->> 'id' as id`
      await become(tx, carla)
      await tx`select public.accept_share(${given?.id}), public.accept_transfer(${transfer?.id})`
      await tx`set local role postgres`
      await tx`delete from auth.users where id = ${ben}`
      const shares = await tx`select from private.song_grants where song_id = ${song} and user_id = ${carla}`
      return { share: shares.length, song: (await tx`select from public.songs where id = ${own?.id}`).length }
    },
    async (tx) => {
      const song = await seedSong(tx)
      await seedShare(tx, song, { shared_by: ben, shared_with: carla })
      await tx`insert into seed.songs (title, created_by) values ('Ben’s', ${ben})`
      await tx`delete from seed.people where id = ${ben}`
      return {
        share: (await tx`select from seed.shares`).length,
        song: (await tx`select from seed.songs where title = 'Ben’s'`).length,
      }
    },
  )
})
