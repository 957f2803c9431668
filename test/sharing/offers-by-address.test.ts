import { createClient } from '@supabase/supabase-js'
import postgres from 'postgres'
import { createTertulia } from 'tertulia'
import { beforeEach, describe, expect, inject, onTestFinished, test } from 'vitest'
import { signUpConfirmed } from '../../local/test/support/sign-up.ts'
import { codeOf, connectToDatabase } from '../chat/sql/database.ts'
import { startFreshStack, takeFreshStack } from '../support/fresh-stack.ts'
import { connect, connectAsService, type Person, signUp } from '../support/people.ts'

await takeFreshStack()

const setClaims = async (on: boolean) => {
  const { sql } = connectToDatabase(1)
  await sql`update private.settings set claims_by_address = ${on} where id`
}

/** A person with that address, confirmed. */
async function signUpAs(email: string): Promise<Person> {
  const supabase = connect()
  const { id } = await signUpConfirmed(supabase, inject('stack'), { email })
  return { id, email, supabase, tertulia: createTertulia(supabase) }
}

async function offer() {
  const ana = await signUp('Ana')
  const song = await ana.tertulia.songs.create({ content: '{title: Zamba}' })
  const email = `${crypto.randomUUID()}@example.com`
  const share = await ana.tertulia.sharing.share(song.id, { email, role: 'edit' })
  return { ana, song, email, share }
}

const received = async ({ tertulia }: Person) => (await tertulia.sharing.listReceived()).items
const notices = async ({ tertulia }: Person) =>
  (await tertulia.sharing.listNotices()).items.map(({ kind }) => kind)
const linkOf = async (shareId: string) => {
  const { data, error } = await connectAsService().rpc('create_offer_link', { share_id: shareId })
  return { token: data as string, error }
}

test('a project claims nothing by address unless its owner says so', async () => {
  const stack = await startFreshStack()
  const sql = postgres(stack.dbUrl, { max: 1 })
  expect(await sql`select claims_by_address from private.settings`).toEqual([{ claims_by_address: false }])
  await sql.end()
  await stack.stop()
})

describe('where Auth confirms addresses by itself', () => {
  beforeEach(() => setClaims(false))

  test('an offer waits: whoever signs up first with the address gets nothing', async () => {
    const { ana, song, email, share } = await offer()
    const thief = await signUpAs(email)
    expect(await received(thief)).toEqual([])
    expect(await notices(thief)).toEqual([])
    await expect(thief.tertulia.sharing.accept(share.id)).rejects.toMatchObject({ code: 'share_not_found' })
    await expect(thief.tertulia.sharing.decline(share.id)).rejects.toMatchObject({ code: 'share_not_found' })
    // Also for one who was there before the offer was made.
    const again = await ana.tertulia.sharing.share(song.id, { email, role: 'view' })
    expect(again.id).toBe(share.id)
    expect(await received(thief)).toEqual([])
    await expect(thief.tertulia.songs.get(song.id)).rejects.toMatchObject({ code: 'song_not_found' })
  })

  test('an offer to an address of an earlier account without confirmation tells that account nothing', async () => {
    const email = `${crypto.randomUUID()}@example.com`
    const thief = await signUpAs(email)
    const ana = await signUp('Ana')
    const song = await ana.tertulia.songs.create({ content: '{title: Zamba}' })
    const share = await ana.tertulia.sharing.share(song.id, {
      email,
      role: 'edit',
      message: 'for Nora alone',
    })
    expect(await notices(thief)).toEqual([])
    expect(await received(thief)).toEqual([])
    const { sql } = connectToDatabase(1)
    expect(
      await sql`select from realtime.messages where topic = ${`user:${thief.id}`} and event = 'notice'`,
    ).toHaveLength(0)
    // Nor does the answer tell Ana whether there is an account.
    expect(share).toMatchObject({ state: 'pending', sharedWith: null })
  })

  test('what was claimed before the setting was taken back opens nothing', async () => {
    await setClaims(true)
    const { email, share } = await offer()
    const nora = await signUpAs(email)
    expect(await received(nora)).toHaveLength(1)
    await setClaims(false)
    expect(await received(nora)).toEqual([])
    await expect(nora.tertulia.sharing.accept(share.id)).rejects.toMatchObject({ code: 'share_not_found' })
  })

  test('a link that a server sends to the address accepts the offer, once', async () => {
    const { ana, song, email, share } = await offer()
    const { token } = await linkOf(share.id)
    const thief = await signUpAs(email)
    const nora = await signUp('Nora')
    for (const wrong of [token.replace(/^./, (one) => (one === 'a' ? 'b' : 'a')), '', share.id])
      await expect(thief.tertulia.sharing.openLink(wrong)).rejects.toMatchObject({ code: 'link_not_found' })
    await expect(ana.tertulia.sharing.openLink(token)).rejects.toMatchObject({ code: 'link_not_found' })
    const opened = await Promise.allSettled([
      nora.tertulia.sharing.openLink(token),
      nora.tertulia.sharing.openLink(token),
    ])
    expect(
      opened.filter(({ status }) => status === 'fulfilled').map((one) => 'value' in one && one.value),
    ).toEqual([{ songId: song.id, setlistId: null, role: 'edit' }])
    await expect(thief.tertulia.sharing.openLink(token)).rejects.toMatchObject({ code: 'link_not_found' })
    expect((await ana.tertulia.sharing.listShares(song.id)).items).toMatchObject([
      { state: 'accepted', email, sharedWith: { id: nora.id } },
    ])
    expect(await notices(ana)).toEqual(['share_accepted'])
    await nora.tertulia.songs.update(song.id, { title: 'Nuestra' })
  })

  test('a link opens nothing that was revoked, replaced or blocked, and only the service makes one', async () => {
    const { ana, share } = await offer()
    const nora = await signUp('Nora')
    const closed = (token: string) =>
      expect(nora.tertulia.sharing.openLink(token)).rejects.toMatchObject({ code: 'link_not_found' })
    const { token: first } = await linkOf(share.id)
    const { token } = await linkOf(share.id)
    await closed(first)
    for (const supabase of [ana.supabase, nora.supabase, connect()])
      expect((await supabase.rpc('create_offer_link', { share_id: share.id })).error?.code).toBe('42501')
    await nora.tertulia.chat.block(ana.id)
    await closed(token)
    await nora.tertulia.chat.unblock(ana.id)
    await ana.tertulia.sharing.revoke(share.id)
    await closed(token)
    for (const id of [share.id, crypto.randomUUID()])
      expect(JSON.parse((await linkOf(id)).error?.details ?? '{}').code).toBe('share_not_found')
  })
})

test('as config.toml ships, an address is claimed only after its mail was opened', async () => {
  const stack = await startFreshStack()
  onTestFinished(() => stack.stop())
  const client = () =>
    createClient(stack.apiUrl, stack.publishableKey, {
      auth: { persistSession: false, autoRefreshToken: false },
    })
  const settings = await fetch(`${stack.apiUrl}/auth/v1/settings?apikey=${stack.publishableKey}`)
  expect(await settings.json()).toMatchObject({ mailer_autoconfirm: false })
  const sql = postgres(stack.dbUrl, { max: 1 })
  await sql`update private.settings set claims_by_address = true where id`
  await sql.end()

  const anas = client()
  await signUpConfirmed(anas, stack)
  const ana = createTertulia(anas)
  const song = await ana.songs.create({ content: '{title: Zamba}' })
  const email = `${crypto.randomUUID()}@example.com`
  const { id } = await ana.sharing.share(song.id, { email, role: 'edit' })

  // Neither the thief's sign-up nor the password that it chose opens anything.
  const thief = client()
  const credentials = { email, password: 'chosen by the thief' }
  expect((await thief.auth.signUp(credentials)).data.session).toBeNull()
  expect((await thief.auth.signInWithPassword(credentials)).error?.code).toBe('email_not_confirmed')
  await expect(createTertulia(thief).sharing.listReceived()).rejects.toMatchObject({ code: 'not_signed_in' })

  const [mail] = stack.mails(email)
  const [, token_hash = ''] = /token=([^&"]+)/.exec(mail?.html ?? '') ?? []
  const nora = client()
  expect((await nora.auth.verifyOtp({ type: 'email', token_hash })).error).toBeNull()
  expect((await createTertulia(nora).sharing.listReceived()).items).toMatchObject([{ id, state: 'pending' }])
})

describe('where Auth sends mails to confirm addresses', () => {
  beforeEach(() => setClaims(true))

  test('a session whose address is not confirmed yet, such as one by phone, claims nothing', async () => {
    const { sql, call } = connectToDatabase(2)
    const { email, share } = await offer()
    const account = crypto.randomUUID()
    await sql`insert into auth.users (id, email, phone) values (${account}, ${email}, ${account.replace(/\D/g, '').slice(0, 15)})`
    expect(await codeOf(call(account, 'accept_share', { share_id: share.id }))).toBe('share_not_found')
    await sql`update auth.users set email_confirmed_at = now() where id = ${account}`
    expect(await codeOf(call(account, 'accept_share', { share_id: share.id }))).toBeNull()
  })

  test('an identity provider that anybody can set up claims nothing', async () => {
    const { sql } = connectToDatabase(1)
    const { email, share } = await offer()
    const nora = await signUp('Nora')
    await sql`update auth.users set is_sso_user = true where id = ${nora.id}`
    await sql`update auth.users set email = ${email}, email_confirmed_at = now() where id = ${nora.id}`
    expect(await received(nora)).toEqual([])
    await expect(nora.tertulia.sharing.accept(share.id)).rejects.toMatchObject({ code: 'share_not_found' })
    await sql`update auth.users set is_sso_user = false where id = ${nora.id}`
    expect(await received(nora)).toMatchObject([{ id: share.id }])
  })

  test('an offer that was claimed lapses when the address changes, and waits for whoever has it', async () => {
    const { sql } = connectToDatabase(1)
    const { song, email, share } = await offer()
    const nora = await signUpAs(email)
    expect(await received(nora)).toHaveLength(1)
    expect(await notices(nora)).toEqual(['share_offered'])
    await sql`update auth.users set email = ${`new-${email}`} where id = ${nora.id}`
    expect(await received(nora)).toEqual([])
    expect(await notices(nora)).toEqual([])
    await expect(nora.tertulia.sharing.accept(share.id)).rejects.toMatchObject({ code: 'share_not_found' })
    const heir = await signUpAs(email)
    const [waiting] = await received(heir)
    await heir.tertulia.sharing.accept(waiting?.id ?? '')
    expect((await heir.tertulia.songs.get(song.id)).title).toBe('Zamba')
    // What was accepted stays with the person.
    await sql`update auth.users set email = ${`later-${email}`} where id = ${heir.id}`
    expect(await received(heir)).toMatchObject([{ state: 'accepted' }])
  })

  test('a change of the address and an acceptance at once end in one of the two', async () => {
    const { sql, call } = connectToDatabase(4)
    for (let round = 0; round < 6; round++) {
      const { email, share } = await offer()
      const nora = await signUpAs(email)
      await Promise.allSettled([
        sql`update auth.users set email = ${`new-${email}`} where id = ${nora.id}`,
        call(nora.id, 'accept_share', { share_id: share.id }),
      ])
      const [row] =
        await sql`select shared_with, accepted_at is not null as accepted from public.shares where id = ${share.id}`
      expect([`${nora.id} true`, 'null false']).toContain(`${row?.shared_with} ${row?.accepted}`)
    }
  })
})
