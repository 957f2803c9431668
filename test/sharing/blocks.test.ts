import postgres from 'postgres'
import { expect, inject, onTestFinished, test } from 'vitest'
import { type Person, signUp } from '../support/people.ts'

async function settle() {
  const [ana, ben] = (await Promise.all([signUp('Ana'), signUp('Ben')])) as [Person, Person]
  const song = await ana.tertulia.songs.create({ content: '{title: Zamba}\nla', visibility: 'shared' })
  return { ana, ben, song, sharing: ana.tertulia.sharing }
}

function database() {
  const sql = postgres(inject('stack').adminDbUrl, { max: 1, onnotice: () => {} })
  onTestFinished(() => sql.end())
  return sql
}

const noShare = { code: 'share_not_found' }
const noTransfer = { code: 'transfer_not_found' }

test('an offer that was made before a block is neither shown nor accepted while the block lasts', async () => {
  const { ana, ben, song, sharing } = await settle()
  const offer = await sharing.share(song.id, { userId: ben.id, role: 'edit' })
  await ana.tertulia.chat.block(ben.id)
  expect((await ben.tertulia.sharing.listReceived()).items).toEqual([])
  await expect(ben.tertulia.sharing.accept(offer.id)).rejects.toMatchObject(noShare)
  expect(await ben.tertulia.sharing.getRole(song.id)).toBeNull()
  await ana.tertulia.chat.unblock(ben.id)
  expect((await ben.tertulia.sharing.accept(offer.id)).role).toBe('edit')
})

test('an offer to the address of a user behind a block stays one to nobody', async () => {
  const { ana, ben, song, sharing } = await settle()
  await ben.tertulia.chat.block(ana.id)
  const offer = await sharing.share(song.id, { email: ben.email, role: 'view' })
  const sql = database()
  const holder = async () =>
    (await sql`select shared_with, ended_at from public.shares where id = ${offer.id}`)[0]
  expect(await holder()).toEqual({ shared_with: null, ended_at: null })
  // Neither by the list nor by the id, and the sender sees no answer that would tell that there is an account.
  expect((await ben.tertulia.sharing.listReceived()).items).toEqual([])
  await expect(ben.tertulia.sharing.accept(offer.id)).rejects.toMatchObject(noShare)
  await expect(ben.tertulia.sharing.decline(offer.id)).rejects.toMatchObject(noShare)
  expect(await holder()).toEqual({ shared_with: null, ended_at: null })
})

test('a link opens for nobody on either side of a block with its maker or the owner', async () => {
  const { ana, ben, song, sharing } = await settle()
  const [carla, dora] = (await Promise.all([signUp('Carla'), signUp('Dora')])) as [Person, Person]
  const share = await sharing.share(song.id, { userId: ben.id, role: 'admin' })
  await ben.tertulia.sharing.accept(share.id)
  const { token } = await ben.tertulia.sharing.createLink(song.id)
  await carla.tertulia.chat.block(ana.id)
  await ben.tertulia.chat.block(dora.id)
  const closed = { code: 'link_not_found' }
  await expect(carla.tertulia.sharing.openLink(token)).rejects.toMatchObject(closed)
  await expect(dora.tertulia.sharing.openLink(token)).rejects.toMatchObject(closed)
  await carla.tertulia.chat.unblock(ana.id)
  expect((await carla.tertulia.sharing.openLink(token)).role).toBe('view')
})

test('a link gives nothing once its maker has lost the role that it stands on', async () => {
  const { ben, song, sharing } = await settle()
  const carla = await signUp('Carla')
  const share = await sharing.share(song.id, { userId: ben.id, role: 'admin' })
  await ben.tertulia.sharing.accept(share.id)
  const { token } = await ben.tertulia.sharing.createLink(song.id, { role: 'edit' })
  await sharing.revoke(share.id)
  await expect(carla.tertulia.sharing.openLink(token)).rejects.toMatchObject({ code: 'link_not_found' })
})

test('a song is neither offered nor handed over across a block', async () => {
  const { ana, ben, song, sharing } = await settle()
  const offer = await sharing.offerTransfer(song.id, ben.id)
  await ben.tertulia.chat.block(ana.id)
  await expect(ben.tertulia.sharing.acceptTransfer(offer.id)).rejects.toMatchObject(noTransfer)
  await expect(sharing.offerTransfer(song.id, ben.id)).rejects.toMatchObject({ code: 'blocked' })
  expect((await ana.tertulia.songs.get(song.id)).createdBy).toBe(ana.id)
  await ben.tertulia.chat.unblock(ana.id)
  await expect(ana.tertulia.sharing.acceptTransfer(offer.id)).rejects.toMatchObject(noTransfer)
  expect(await ben.tertulia.sharing.acceptTransfer(offer.id)).toBe(song.id)
})

test('a share that ran out is neither accepted again nor given back', async () => {
  const { ben, song, sharing } = await settle()
  const sql = database()
  const share = await sharing.share(song.id, { userId: ben.id, role: 'edit' })
  await ben.tertulia.sharing.accept(share.id)
  await sql`update public.shares set expires_at = clock_timestamp() where id = ${share.id}`
  await expect(ben.tertulia.sharing.accept(share.id)).rejects.toMatchObject(noShare)
  await expect(ben.tertulia.sharing.decline(share.id)).rejects.toMatchObject(noShare)
})
