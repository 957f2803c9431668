import postgres from 'postgres'
import { createTertulia } from 'tertulia'
import { describe, expect, inject, onTestFinished, test, vi } from 'vitest'
import { signUpConfirmed } from '../../local/test/support/sign-up.ts'
import { connect, connectAsService, type Person, signUp } from '../support/people.ts'
import { openSeed } from './fixtures/against-seed.ts'

function database() {
  const sql = postgres(inject('stack').adminDbUrl, { max: 1, onnotice: () => {} })
  onTestFinished(() => sql.end())
  return sql
}

async function settle() {
  const [ana, ben] = (await Promise.all([signUp('Ana'), signUp('Ben')])) as [Person, Person]
  const song = await ana.tertulia.songs.create({ content: '{title: Zamba}\n[Am]la' })
  return { ana, ben, song, sharing: ana.tertulia.sharing }
}

describe('sharing with a person', () => {
  test('shows title and sender alone until it is accepted, then the song', async () => {
    const { ana, ben, song, sharing } = await settle()
    const sent = await sharing.share(song.id, { userId: ben.id, role: 'edit', message: 'Second verse?' })
    expect(sent).toMatchObject({
      kind: 'person',
      state: 'pending',
      role: 'edit',
      songId: song.id,
      sharedWith: { id: ben.id },
    })
    const { items } = await ben.tertulia.sharing.listReceived()
    expect(items).toEqual([{ ...sent, songId: null }])
    expect(items[0]).toMatchObject({
      title: 'Zamba',
      sharedBy: { id: ana.id, displayName: 'Ana' },
      message: 'Second verse?',
    })
    expect(JSON.stringify(items)).not.toContain(song.id)
    await expect(ben.tertulia.songs.get(song.id)).rejects.toMatchObject({ code: 'song_not_found' })
    expect(await ben.tertulia.sharing.getRole(song.id)).toBeNull()

    const accepted = await ben.tertulia.sharing.accept(sent.id)
    expect(accepted).toMatchObject({ state: 'accepted', songId: song.id })
    expect(await ben.tertulia.sharing.accept(sent.id)).toEqual(accepted)
    expect(await ben.tertulia.songs.get(song.id)).toEqual(song)
    expect((await ben.tertulia.songs.list()).items.map(({ id }) => id)).toContain(song.id)
    expect(await ben.tertulia.sharing.getRole(song.id)).toBe('edit')
    expect((await sharing.listSent()).items).toMatchObject([{ id: sent.id, state: 'accepted' }])
  })

  test('again changes the one in force; what has ended keeps nobody from sharing again, and stays as the trail', async () => {
    const { ben, song, sharing } = await settle()
    const first = await sharing.share(song.id, { userId: ben.id, role: 'view' })
    await ben.tertulia.sharing.accept(first.id)
    const again = await sharing.share(song.id, { userId: ben.id, role: 'admin' })
    expect(again).toMatchObject({ id: first.id, role: 'admin', state: 'accepted' })
    await sharing.revoke(first.id)
    await sharing.revoke(first.id)
    const second = await sharing.share(song.id, {
      userId: ben.id,
      role: 'view',
      expiresAt: new Date(Date.now() + 60_000),
    })
    await ben.tertulia.sharing.accept(second.id)
    await database()`update public.shares set expires_at = now() - interval '1 second' where id = ${second.id}`
    const third = await sharing.share(song.id, { userId: ben.id, role: 'view' })
    await ben.tertulia.sharing.decline(third.id)
    await expect(ben.tertulia.sharing.accept(third.id)).rejects.toMatchObject({ code: 'share_not_found' })
    expect((await sharing.listShares(song.id)).items.map(({ state }) => state)).toEqual([
      'declined',
      'expired',
      'revoked',
    ])
    const pages = []
    for await (const one of sharing.listShares(song.id, { limit: 1 })) pages.push(one.id)
    expect(pages).toEqual([third.id, second.id, first.id])
  })

  test('by id changes also what was accepted by address, and revoking tells which role remains', async () => {
    const { ben, song, sharing } = await settle()
    await sharing.share(song.id, { email: ben.email, role: 'edit' })
    const [offer] = (await ben.tertulia.sharing.listReceived()).items
    // Whose the address is, is told by nothing as long as it is pending.
    const pending = await sharing.share(song.id, { userId: ben.id, role: 'view' })
    expect(pending).toMatchObject({ kind: 'person', state: 'pending' })
    await Promise.all([offer!.id, pending.id].map((id) => ben.tertulia.sharing.accept(id)))
    expect(await ben.tertulia.sharing.getRole(song.id)).toBe('edit')
    await sharing.share(song.id, { userId: ben.id, role: 'view' })
    expect(await ben.tertulia.sharing.getRole(song.id)).toBe('view')
    expect((await sharing.listShares(song.id)).items.map(({ role }) => role)).toEqual(['view', 'view'])

    expect(await sharing.revoke(pending.id)).toBe('view')
    expect(await sharing.share(song.id, { userId: ben.id, role: 'edit' })).toMatchObject({ id: offer!.id })
    expect(await sharing.revoke(offer!.id)).toBeNull()
    expect(await ben.tertulia.sharing.getRole(song.id)).toBeNull()
  })

  test('revoking an invitation by address tells no role, whoever has the address', async () => {
    const { ben, song, sharing } = await settle()
    const person = await sharing.share(song.id, { userId: ben.id, role: 'view' })
    await ben.tertulia.sharing.accept(person.id)
    const { id } = await sharing.share(song.id, { email: ben.email, role: 'edit' })
    expect(await sharing.revoke(id)).toBeNull()
    expect(await ben.tertulia.sharing.getRole(song.id)).toBe('view')
  })

  test('puts nobody’s words in the mouth of somebody else', async () => {
    const { ana, ben, song, sharing } = await settle()
    const [carla, dora] = (await Promise.all([signUp('Carla'), signUp('Dora')])) as [Person, Person]
    const admin = await sharing.share(song.id, { userId: ben.id, role: 'admin' })
    await ben.tertulia.sharing.accept(admin.id)
    for (const person of [carla, dora])
      await sharing.share(song.id, { userId: person.id, role: 'view', message: 'By Ana' })
    const [offer] = (await dora.tertulia.sharing.listReceived()).items
    await dora.tertulia.sharing.accept(offer!.id)
    // Pending, and now Ben's; accepted, and still Ana's.
    await ben.tertulia.sharing.share(song.id, { userId: carla.id, role: 'edit' })
    await ben.tertulia.sharing.share(song.id, { userId: dora.id, role: 'edit', message: 'By Ben' })
    expect((await carla.tertulia.sharing.listReceived()).items).toMatchObject([
      { message: null, sharedBy: { id: ben.id }, role: 'edit' },
    ])
    expect((await dora.tertulia.sharing.listReceived()).items).toMatchObject([
      { message: 'By Ana', sharedBy: { id: ana.id }, role: 'edit' },
    ])
    // Nor does another admin read what the owner wrote.
    expect(JSON.stringify((await ben.tertulia.sharing.listShares(song.id)).items)).not.toContain('By Ana')
    expect(JSON.stringify((await sharing.listShares(song.id)).items)).toContain('By Ana')
  })

  test('is not for oneself, the owner, people who block each other, or nobody', async () => {
    const { ana, ben, song, sharing } = await settle()
    const cases = [
      [{ userId: ana.id, role: 'view' }, 'invalid_input', 'userId'],
      [{ email: ana.email, role: 'view' }, 'invalid_input', 'email'],
      [{ role: 'view' }, 'invalid_input', 'userId'],
      [{ userId: ben.id, email: ben.email, role: 'view' }, 'invalid_input', 'email'],
      [{ email: 'ben', role: 'view' }, 'invalid_input', 'email'],
      [{ userId: ben.id, role: 'owner' }, 'invalid_input', 'role'],
      [{ userId: ben.id, role: 'view', message: '' }, 'invalid_input', 'message'],
      [{ userId: ben.id, role: 'view', expiresAt: new Date(0) }, 'invalid_input', 'expiresAt'],
      [{ userId: ben.id, role: 'view', expiresAt: 'soon' }, 'invalid_input', 'expiresAt'],
      [{ userId: crypto.randomUUID(), role: 'view' }, 'profile_not_found', 'userId'],
    ] as const
    for (const [wanted, code, field] of cases)
      await expect(sharing.share(song.id, wanted as never), JSON.stringify(wanted)).rejects.toMatchObject({
        code,
        field,
      })
    const admin = await sharing.share(song.id, { userId: ben.id, role: 'admin' })
    await ben.tertulia.sharing.accept(admin.id)
    await expect(ben.tertulia.sharing.share(song.id, { userId: ana.id, role: 'view' })).rejects.toMatchObject(
      { code: 'invalid_input', field: 'userId' },
    )
    const carla = await signUp('Carla')
    await carla.supabase.rpc('block_user', { user_id: ana.id })
    await expect(sharing.share(song.id, { userId: carla.id, role: 'view' })).rejects.toMatchObject({
      code: 'blocked',
    })
    await expect(createTertulia(connect()).sharing.listReceived()).rejects.toMatchObject({
      code: 'not_signed_in',
    })
  })

  test('an admin gives, changes and takes view and edit, and touches neither the owner nor an admin', async () => {
    const { ana, ben, song, sharing } = await settle()
    const [carla, dora] = (await Promise.all([signUp('Carla'), signUp('Dora')])) as [Person, Person]
    for (const person of [ben, carla]) {
      const { id } = await sharing.share(song.id, { userId: person.id, role: 'admin' })
      await person.tertulia.sharing.accept(id)
    }
    const admin = ben.tertulia.sharing
    const [carlas] = (await admin.listShares(song.id)).items
    await expect(admin.revoke(carlas!.id)).rejects.toMatchObject({ code: 'forbidden' })
    await expect(admin.share(song.id, { userId: carla.id, role: 'view' })).rejects.toMatchObject({
      code: 'forbidden',
    })
    await expect(admin.share(song.id, { userId: dora.id, role: 'admin' })).rejects.toMatchObject({
      code: 'forbidden',
      field: 'role',
    })
    await expect(admin.offerTransfer(song.id, ben.id)).rejects.toMatchObject({ code: 'invalid_input' })
    await expect(admin.offerTransfer(song.id, dora.id)).rejects.toMatchObject({ code: 'forbidden' })
    await expect(ben.tertulia.songs.update(song.id, { visibility: 'public' })).rejects.toMatchObject({
      code: 'forbidden',
      field: 'visibility',
    })
    const given = await admin.share(song.id, { userId: dora.id, role: 'edit' })
    await dora.tertulia.sharing.accept(given.id)
    expect(await dora.tertulia.sharing.getRole(song.id)).toBe('edit')
    await admin.revoke(given.id)
    expect(await dora.tertulia.sharing.getRole(song.id)).toBeNull()
    expect((await ana.tertulia.songs.get(song.id)).createdBy).toBe(ana.id)
  })

  test('an offer is void once whoever made it may not make it any more', async () => {
    const { ana, ben, song, sharing } = await settle()
    const carla = await signUp('Carla')
    const admin = await sharing.share(song.id, { userId: ben.id, role: 'admin' })
    await ben.tertulia.sharing.accept(admin.id)
    const offer = await ben.tertulia.sharing.share(song.id, { userId: carla.id, role: 'edit' })
    const link = await ben.tertulia.sharing.createLink(song.id)
    await sharing.revoke(admin.id)
    expect((await carla.tertulia.sharing.listReceived()).items).toEqual([])
    await expect(carla.tertulia.sharing.accept(offer.id)).rejects.toMatchObject({ code: 'share_not_found' })
    await expect(carla.tertulia.sharing.openLink(link.token)).rejects.toMatchObject({
      code: 'link_not_found',
    })
    // Nor while one of the two has blocked the other.
    const own = await sharing.share(song.id, { userId: carla.id, role: 'edit' })
    await carla.supabase.rpc('block_user', { user_id: ana.id })
    expect((await carla.tertulia.sharing.listReceived()).items).toEqual([])
    await expect(carla.tertulia.sharing.accept(own.id)).rejects.toMatchObject({ code: 'share_not_found' })
    await carla.supabase.rpc('unblock_user', { user_id: ana.id })
    expect(await carla.tertulia.sharing.accept(own.id)).toMatchObject({ state: 'accepted' })
  })
})

describe('inviting an address', () => {
  test('is answered alike whether it has an account or not, and only the sender sees it', async () => {
    const { ana, ben, song, sharing } = await settle()
    const admin = await signUp('Admin')
    const one = await sharing.share(song.id, { userId: admin.id, role: 'admin' })
    await admin.tertulia.sharing.accept(one.id)
    const blocked = await signUp('Blocked')
    await blocked.supabase.rpc('block_user', { user_id: ana.id })
    const nobody = `${crypto.randomUUID()}@example.com`
    const answers = []
    for (const email of [ben.email, nobody, admin.email, blocked.email]) {
      const {
        id,
        createdAt,
        email: told,
        ...rest
      } = await sharing.share(song.id, { email: ` ${email.toUpperCase()} `, role: 'view' })
      expect([id.length, createdAt instanceof Date, told]).toEqual([36, true, email])
      answers.push(rest)
    }
    for (const answer of answers) expect(answer).toEqual(answers[0])
    expect(answers[0]).toMatchObject({ kind: 'email', state: 'pending', sharedWith: null })
    // Nor does the owner's address give itself away to an admin.
    expect(await admin.tertulia.sharing.share(song.id, { email: ana.email, role: 'view' })).toMatchObject({
      state: 'pending',
      sharedWith: null,
    })
    // Naming somebody who has the address by id tells nothing either: it is a share of its own.
    await sharing.share(song.id, { userId: ben.id, role: 'view' })
    const mine = (await sharing.listSent()).items
    expect(mine.filter(({ email }) => email === ben.email)).toMatchObject([
      { state: 'pending', sharedWith: null },
    ])
    expect(mine.filter(({ kind }) => kind === 'person').length).toBe(2)

    const others = [
      (await admin.tertulia.sharing.listShares(song.id)).items,
      (await ben.tertulia.sharing.listReceived()).items,
      (await ben.tertulia.sharing.listNotices()).items,
    ]
    expect(JSON.stringify(others[0])).toContain(ana.email)
    expect(JSON.stringify(others)).not.toContain(nobody)
    expect(JSON.stringify(others)).not.toContain(ben.email)
    expect((await blocked.tertulia.sharing.listReceived()).items).toEqual([])
  })

  test('is claimed by whoever signs up and verifies it, and by nobody before that', async () => {
    const { song, sharing } = await settle()
    const email = `${crypto.randomUUID()}@example.com`
    const { id } = await sharing.share(song.id, { email, role: 'edit' })
    const sql = database()
    const account = crypto.randomUUID()
    // As the platform does it where addresses are confirmed: the account first, its confirmation later.
    await sql`insert into auth.users (id, email) values (${account}, ${email})`
    const claimed = async () =>
      (await sql`select shared_with from public.shares where id = ${id}`)[0]?.shared_with
    expect(await claimed()).toBeNull()
    await sql`update auth.users set email_confirmed_at = now() where id = ${account}`
    expect(await claimed()).toBe(account)
    expect((await sharing.listSent()).items).toMatchObject([{ state: 'pending', sharedWith: null, email }])
    expect(await sql`select kind from public.notices where user_id = ${account}`).toEqual([
      { kind: 'share_offered' },
    ])
  })

  test('signing up over the API finds it, and accepting it tells the sender who it is', async () => {
    const { song, sharing } = await settle()
    const email = `${crypto.randomUUID()}@example.com`
    await sharing.share(song.id, { email, role: 'view' })
    const supabase = connect()
    const data = { display_name: 'Nora' }
    const { id } = await signUpConfirmed(supabase, inject('stack'), { email, data })
    const { sharing: noras, songs } = createTertulia(supabase)
    const [offer] = (await noras.listReceived()).items
    expect(offer).toMatchObject({ title: 'Zamba', songId: null, email: null, state: 'pending' })
    await noras.accept(offer!.id)
    expect((await songs.get(song.id)).title).toBe('Zamba')
    expect((await sharing.listSent()).items).toMatchObject([
      { state: 'accepted', email, sharedWith: { id, displayName: 'Nora' } },
    ])
  })

  test('a sign-up never fails for it, nor waits for it; what was missed is claimed by the list', async () => {
    const { song, sharing } = await settle()
    const email = `${crypto.randomUUID()}@example.com`
    const { id } = await sharing.share(song.id, { email, role: 'view' })
    const sql = database()
    const supabase = connect()
    // Somebody holds the row for longer than a sign-up waits.
    await sql.begin(async (tx) => {
      await tx`select from public.shares where id = ${id} for update`
      await signUpConfirmed(supabase, inject('stack'), { email })
    })
    expect((await sql`select shared_with from public.shares where id = ${id}`)[0]?.shared_with).toBeNull()
    expect((await createTertulia(supabase).sharing.listReceived()).items).toMatchObject([{ id }])
  })

  test('is limited per hour, with the time to wait', async () => {
    const { ana, song, sharing } = await settle()
    const sql = database()
    await sql`insert into private.rate_limits (user_id, action, tokens, refilled_at, burst) values (${ana.id}, 'invite', 3, now(), 3)`
    const settled = await Promise.allSettled(
      Array.from({ length: 8 }, (_, n) =>
        sharing.share(song.id, { email: `${n}-${song.id}@example.com`, role: 'view' }),
      ),
    )
    const refused = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
    expect(refused).toHaveLength(5)
    for (const error of refused) expect(error).toMatchObject({ code: 'rate_limited', retryable: true })
    expect(refused[0].retryAfterMs).toBeGreaterThan(100)
  })
})

describe('notices', () => {
  test('come by the person’s own channel, are listed and marked as read', async () => {
    const { ana, ben, song, sharing } = await settle()
    const watched = ben.tertulia.sharing.watchNotices()
    onTestFinished(() => watched.close())
    const shown = () =>
      watched.getSnapshot().items.map(({ kind, title, actor }) => [kind, title, actor?.displayName])
    await vi.waitFor(() => expect(watched.getSnapshot().status).toBe('live'), 10_000)
    expect(watched.getSnapshot()).toMatchObject({ loaded: true, items: [], unread: 0 })
    const { id } = await sharing.share(song.id, { userId: ben.id, role: 'view' })
    await ben.tertulia.sharing.accept(id)
    await sharing.share(song.id, { userId: ben.id, role: 'edit' })
    await sharing.revoke(id)
    await vi.waitFor(
      () =>
        expect(shown()).toEqual([
          ['share_revoked', 'Zamba', 'Ana'],
          ['share_changed', 'Zamba', 'Ana'],
          ['share_offered', 'Zamba', 'Ana'],
        ]),
      10_000,
    )
    expect(watched.getSnapshot().unread).toBe(3)
    const { items } = await ben.tertulia.sharing.listNotices()
    expect(items.map(({ kind, songId, readAt }) => [kind, songId, readAt])).toEqual([
      ['share_revoked', song.id, null],
      ['share_changed', song.id, null],
      ['share_offered', null, null],
    ])
    expect(await watched.markRead([items[0]!.id])).toBe(1)
    expect(watched.getSnapshot().unread).toBe(2)
    expect((await ben.tertulia.sharing.listNotices({ unread: true, limit: 1 })).items).toMatchObject([
      { kind: 'share_changed' },
    ])
    expect(await ana.tertulia.sharing.markRead(items.map((one) => one.id))).toBe(0)
    expect(await ben.tertulia.sharing.markRead()).toBe(2)
    expect(await ben.tertulia.sharing.markRead()).toBe(0)
    expect((await ana.tertulia.sharing.listNotices()).items.map(({ kind }) => kind)).toEqual([
      'share_accepted',
    ])
    watched.close()
    watched.close()
  })

  test('are pruned by the service', async () => {
    const { ben, song, sharing } = await settle()
    await sharing.share(song.id, { userId: ben.id, role: 'view' })
    await database()`update public.notices set created_at = now() - interval '1 year' where user_id = ${ben.id}`
    const { data } = await connectAsService().rpc('prune_notices')
    expect(data).toBeGreaterThanOrEqual(1)
    expect((await ben.tertulia.sharing.listNotices()).items).toEqual([])
    expect((await ben.supabase.rpc('prune_notices')).error?.code).toBe('42501')
  })
})

describe('handing a song over', () => {
  test('takes two steps; the owner before stays as an admin who can be put out', async () => {
    const { ana, ben, song, sharing } = await settle()
    const offered = await sharing.offerTransfer(song.id, ben.id, { message: 'Yours' })
    expect(offered).toMatchObject({
      state: 'pending',
      from: { id: ana.id },
      to: { id: ben.id },
      message: 'Yours',
    })
    expect(await ben.tertulia.sharing.listTransfers()).toMatchObject([
      { id: offered.id, title: 'Zamba', songId: null },
    ])
    await expect(ben.tertulia.songs.get(song.id)).rejects.toMatchObject({ code: 'song_not_found' })
    await expect(sharing.acceptTransfer(offered.id)).rejects.toMatchObject({ code: 'transfer_not_found' })
    expect(await ben.tertulia.sharing.acceptTransfer(offered.id)).toBe(song.id)
    await expect(ben.tertulia.sharing.acceptTransfer(offered.id)).rejects.toMatchObject({
      code: 'transfer_not_found',
    })
    expect([await sharing.getRole(song.id), await ben.tertulia.sharing.getRole(song.id)]).toEqual([
      'admin',
      'owner',
    ])
    expect((await ben.tertulia.songs.get(song.id)).createdBy).toBe(ben.id)
    await expect(ana.tertulia.songs.delete(song.id)).rejects.toMatchObject({ code: 'forbidden' })
    const [anas] = (await ben.tertulia.sharing.listShares(song.id)).items
    await ben.tertulia.sharing.revoke(anas!.id)
    await expect(ana.tertulia.songs.get(song.id)).rejects.toMatchObject({ code: 'song_not_found' })
    // And back again.
    const back = await ben.tertulia.sharing.offerTransfer(song.id, ana.id)
    await sharing.acceptTransfer(back.id)
    expect([await sharing.getRole(song.id), await ben.tertulia.sharing.getRole(song.id)]).toEqual([
      'owner',
      'admin',
    ])
  })

  test('can be declined, taken back, replaced and too late', async () => {
    const { ben, song, sharing } = await settle()
    const carla = await signUp('Carla')
    const first = await sharing.offerTransfer(song.id, ben.id)
    await ben.tertulia.sharing.endTransfer(first.id)
    const second = await sharing.offerTransfer(song.id, ben.id)
    await sharing.endTransfer(second.id)
    const third = await sharing.offerTransfer(song.id, ben.id)
    const fourth = await sharing.offerTransfer(song.id, carla.id)
    for (const { id } of [first, second, third])
      await expect(ben.tertulia.sharing.acceptTransfer(id)).rejects.toMatchObject({
        code: 'transfer_not_found',
      })
    await database()`update private.transfers set expires_at = now() where id = ${fourth.id}`
    await expect(carla.tertulia.sharing.acceptTransfer(fourth.id)).rejects.toMatchObject({
      code: 'transfer_not_found',
    })
    expect(await carla.tertulia.sharing.listTransfers()).toEqual([])
    // One that has run out is replaced without a word on what the song has become.
    const told = (await carla.tertulia.sharing.listNotices()).items.length
    await sharing.offerTransfer(song.id, (await signUp('Dora')).id)
    expect((await carla.tertulia.sharing.listNotices()).items).toHaveLength(told)
    expect((await ben.tertulia.sharing.listNotices()).items.map(({ kind }) => kind)).toEqual([
      'transfer_cancelled',
      'transfer_offered',
      'transfer_cancelled',
      'transfer_offered',
      'transfer_offered',
    ])
  })
})

describe('an account that is deleted', () => {
  test('takes its shares, offers and addresses with it; what it gave others stays with them', async () => {
    const { ana, ben, song, sharing } = await settle()
    const carla = await signUp('Carla')
    const invited = `${crypto.randomUUID()}@example.com`
    const admin = await sharing.share(song.id, { userId: ben.id, role: 'admin', message: 'to Ben' })
    await ben.tertulia.sharing.accept(admin.id)
    const given = await ben.tertulia.sharing.share(song.id, {
      email: carla.email,
      role: 'edit',
      message: 'from Ben',
    })
    await carla.tertulia.sharing.accept(given.id)
    await ben.tertulia.sharing.share(song.id, { email: invited, role: 'view' })
    const link = await ben.tertulia.sharing.createLink(song.id)
    const bens = await ben.tertulia.songs.create({ content: 'Ben’s', visibility: 'public' })
    const kept = await ben.tertulia.songs.create({ content: 'handed over' })
    const transfer = await ben.tertulia.sharing.offerTransfer(kept.id, carla.id)
    await carla.tertulia.sharing.acceptTransfer(transfer.id)
    await ben.tertulia.songs.update(song.id, { genre: 'vals' })
    const late = await sharing.offerTransfer(song.id, ben.id)

    await ben.tertulia.profiles.deleteAccount()
    const rows = await database()`
      select invited_email, message from public.shares where shared_by = ${ben.id} or shared_with = ${ben.id}`
    for (const row of rows) expect(row).toEqual({ invited_email: null, message: null })
    expect(await carla.tertulia.sharing.getRole(song.id)).toBe('edit')
    expect(await carla.tertulia.sharing.getRole(kept.id)).toBe('owner')
    await expect(carla.tertulia.songs.get(bens.id)).rejects.toMatchObject({ code: 'song_not_found' })
    await expect(carla.tertulia.sharing.openLink(link.token)).rejects.toMatchObject({
      code: 'link_not_found',
    })
    await expect(sharing.endTransfer(late.id)).rejects.toMatchObject({ code: 'transfer_not_found' })
    const states = (await sharing.listShares(song.id)).items.map(({ state, email }) => [state, email])
    expect(states).toEqual([
      ['account_deleted', null],
      ['accepted', null],
      ['account_deleted', null],
    ])
    expect((await ana.tertulia.songs.listVersions(song.id)).items[0]).toMatchObject({
      changedBy: { id: ben.id, handle: null, displayName: '' },
    })
  })

  test('is exported with what it gave and was given before', async () => {
    const { ana, ben, song, sharing } = await settle()
    const { id } = await sharing.share(song.id, { email: ben.email, role: 'view', message: 'hello' })
    await ben.tertulia.sharing.accept(id)
    await sharing.createLink(song.id)
    await sharing.offerTransfer(song.id, ben.id)
    const tables = async (person: Person) => {
      const rows = []
      for await (const row of person.tertulia.profiles.exportAccount()) rows.push(row)
      return { names: [...new Set(rows.map(({ table }) => table))], text: JSON.stringify(rows) }
    }
    const [anas, bens] = [await tables(ana), await tables(ben)]
    expect(anas.names).toEqual(
      expect.arrayContaining([
        'private.shares_given',
        'private.share_links',
        'private.transfers_offered',
        'public.song_history',
        'public.notices',
      ]),
    )
    expect(bens.names).toEqual(
      expect.arrayContaining(['private.shares_received', 'private.transfers_received', 'public.notices']),
    )
    expect(anas.text).toContain(ben.email)
    expect(bens.text).not.toContain(ana.email)
    expect(anas.text).not.toContain('token_hash')
  })
})

describe('what the seed gets wrong', () => {
  const { ana, become, ben, carla, create, erratum, sees, seedShare, seedSong, share } = openSeed()

  erratum(
    21,
    'nobody shares with themselves',
    'invalid_input',
    async (tx) => {
      const song = await create(tx)
      await tx`select public.offer_share(${song}, 'view', ${ana})`
    },
    async (tx) => seedShare(tx, await seedSong(tx), { shared_with: ana }).then(() => 'shared'),
  )

  erratum(
    25,
    'a song that is shared shows nobody’s address to whom it is shared with',
    { songs: 1, addresses: 0 },
    async (tx) => {
      const song = await create(tx)
      await share(tx, song, ben)
      await become(tx, ben)
      const rows = await tx`select * from public.song_list_view where id = ${song}`
      const told = await tx`select public.list_shares_received() as share`
      return { songs: rows.length, addresses: JSON.stringify([rows, told]).match(/@example/g)?.length ?? 0 }
    },
    async (tx) => {
      const song = await seedSong(tx)
      const rows =
        await tx`select s.*, p.email from seed.songs s join seed.people p on p.id = s.created_by where s.id = ${song}`
      return { songs: rows.length, addresses: JSON.stringify(rows).match(/@example/g)?.length ?? 0 }
    },
  )

  erratum(
    30,
    'a share counts when it was accepted and has not run out; shared means: by link',
    { pending: false, accepted: true, expired: false, sharedWithoutLink: false, byLink: true },
    async (tx) => {
      const song = await create(tx)
      const id = await share(tx, song, ben, 'view', false)
      const pending = await sees(tx, song, ben)
      await tx`select public.accept_share(${id})`
      const accepted = await sees(tx, song, ben)
      await tx`set local role postgres`
      await tx`update public.shares set expires_at = now() where id = ${id}`
      const expired = await sees(tx, song, ben)
      await become(tx, ana)
      await tx`select public.update_song(${song}, '{"visibility": "shared"}')`
      const [link] = await tx`select public.create_link(${song}) ->> 'token' as token`
      const sharedWithoutLink = await sees(tx, song, carla)
      await tx`select public.open_link(${link?.token})`
      return { pending, accepted, expired, sharedWithoutLink, byLink: await sees(tx, song, carla) }
    },
    async (tx) => {
      const song = await seedSong(tx)
      const seen = async () => (await tx`select seed.can_see(${song}, ${ben}) as seen`)[0]?.seen
      await seedShare(tx, song)
      const pending = await seen()
      await tx`update seed.shares set accepted_at = now(), expires_at = now() - interval '1 day'`
      return { pending, expired: await seen() }
    },
  )

  erratum(
    31,
    'an admin is below the owner: cannot take the song, raise anybody to admin, or put the owner out',
    ['forbidden', 'forbidden', 'invalid_input', 'forbidden'],
    async (tx) => {
      const song = await create(tx)
      await share(tx, song, ben, 'admin')
      await become(tx, ben)
      const codes: unknown[] = []
      for (const call of [
        `public.offer_transfer('${song}', '${carla}')`,
        `public.offer_share('${song}', 'admin', '${carla}')`,
        `public.offer_share('${song}', 'view', '${ana}')`,
        `public.delete_song('${song}')`,
      ])
        codes.push(
          await tx
            .savepoint((point) => point.unsafe(`select ${call}`))
            .then(() => 'done')
            .catch((error) => JSON.parse(error.detail).code),
        )
      return codes
    },
    async (tx) => {
      const song = await seedSong(tx)
      await seedShare(tx, song, { permission_level: 'admin', accepted_at: new Date() })
      await become(tx, ben)
      await tx`update seed.shares set permission_level = 'admin'`
      return (await tx`delete from seed.songs where id = ${song}`).count
    },
  )

  erratum(
    34,
    'an address can be invited, an expired share is in nobody’s way, and the trail stays',
    ['pending', 'pending', 'expired'],
    async (tx) => {
      const song = await create(tx)
      const id = await share(tx, song, ben)
      await tx`set local role postgres`
      await tx`update public.shares set expires_at = now() where id = ${id}`
      await become(tx, ana)
      await tx`select public.offer_share(${song}, 'view', ${ben})`
      await tx`select public.offer_share(${song}, 'view', email => 'nora@example.com')`
      return (await tx`select public.list_shares(${song}) ->> 'state' as state`).map(({ state }) => state)
    },
    async (tx) => {
      const song = await seedSong(tx)
      await seedShare(tx, song, { expires_at: new Date(0) })
      await tx`select seed.purge()`
      const trail = (await tx`select from seed.shares`).length
      return tx
        .savepoint((point) => seedShare(point, song, { shared_with: null }))
        .then(() => trail)
        .catch((error) => error.code)
    },
  )
})
