import { createCircles, createContext } from 'tertulia/circles'
import { expect, onTestFinished, test, vi } from 'vitest'
import { codeOf } from '../chat/sql/database.ts'
import { takeFreshStack } from '../support/fresh-stack.ts'
import { connect, type Person, signUp } from '../support/people.ts'
import { stage } from './stage.ts'

await takeFreshStack()

const rounds = 10
const of = ({ supabase }: Person) => createCircles(createContext(supabase))
const signedIn = (person: string) => JSON.stringify({ sub: person, role: 'authenticated' })
const past = new Date(Date.now() - 60_000).toISOString()

/** A socket that is driven by hand: everything that reaches a person's own channel. */
async function hear(person: Person): Promise<{ event: string; payload: Record<string, unknown> }[]> {
  const supabase = connect()
  const { data } = await person.supabase.auth.getSession()
  await supabase.realtime.setAuth(data.session?.access_token ?? '')
  const heard: { event: string; payload: Record<string, unknown> }[] = []
  await new Promise<void>((resolve, reject) => {
    supabase
      .channel(`user:${person.id}`, { config: { private: true } })
      .on('broadcast', { event: '*' }, ({ event, payload }) => heard.push({ event, payload }))
      .subscribe((status) => {
        if (status === 'SUBSCRIBED') resolve()
        if (status === 'CHANNEL_ERROR') reject(new Error(status))
      })
  })
  return heard
}

test('a song that is shared with a circle is seen by its members of the moment, with the highest of their roles', async () => {
  const { call, people, circle, invite, accept, song, share, role, sql } = stage()
  const [ana = '', ben = '', carla = '', dora = ''] = await people(4)
  const id = await circle([ana, ben])
  const other = await circle([ana, ben])
  const secret = await song(ana)
  const seen = async (person: string) => {
    const [found] = await call<{ id: string }[]>(person, 'search_songs', { query: 'Secret' }).then((page) => [
      JSON.stringify(page),
    ])
    const list = await sql.begin(async (tx) => {
      await tx`select set_config('role', 'authenticated', true), set_config('request.jwt.claims', ${JSON.stringify({ sub: person, role: 'authenticated' })}, true)`
      return tx<{ n: number }[]>`
        select (select count(*) from public.list_songs() l where l.id = ${secret})::int
          + (select count(*) from public.list_songs(${ana}) l where l.id = ${secret})::int
          + (select count(*) from public.get_song(${secret}) l)::int as n`
    })
    return (list[0]?.n ?? 0) + Number(found?.includes(secret))
  }
  expect(await seen(ben)).toBe(0)
  await share(ana, id, secret)
  expect([await role(ben, secret), await seen(ben)]).toEqual(['view', 4])
  // Two circles and a share of one's own: the higher role, whichever it comes by, and the song once.
  await share(ana, other, secret, 'edit')
  expect([await role(ben, secret), await seen(ben)]).toEqual(['edit', 4])
  const own = await call<{ id: string }>(ana, 'offer_share', {
    target_id: secret,
    user_id: ben,
    role: 'admin',
  })
  await call(ben, 'accept_share', { share_id: own.id })
  expect([await role(ben, secret), await seen(ben)]).toEqual(['admin', 4])
  await call(ana, 'revoke_share', { share_id: own.id })
  expect(await role(ben, secret)).toBe('edit')
  // Who joins later sees it at once; who is only invited does not.
  const invitation = await invite(ana, id, carla)
  expect([await role(carla, secret), await seen(carla)]).toEqual([null, 0])
  await accept(carla, invitation.id)
  expect([await role(carla, secret), await seen(carla)]).toEqual(['view', 4])
  // Removed from one circle, the role of the other is left; from both, none.
  await call(ana, 'remove_circle_member', { circle_id: other, user_id: ben })
  expect(await role(ben, secret)).toBe('view')
  await call(ben, 'leave_circle', { circle_id: id })
  expect([await role(ben, secret), await seen(ben)]).toEqual([null, 0])
  // The circle goes, and no share of it is left in the lists of the owner.
  await call(ana, 'delete_circle', { circle_id: other })
  await sql`update public.shares set expires_at = ${past} where circle_id = ${id}`
  expect([await role(carla, secret), await seen(carla)]).toEqual([null, 0])
  await share(ana, id, secret, 'edit')
  expect(await role(carla, secret)).toBe('edit')
  await call(ana, 'delete_circle', { circle_id: id })
  expect([await role(carla, secret), await role(dora, secret), await seen(carla)]).toEqual([null, null, 0])
  expect(await sql`select from public.shares where circle_id is not null`).toHaveLength(0)
})

test('who may share with a circle, and who ends it', async () => {
  const { call, people, circle, song, share, role, sql } = stage()
  const [ana = '', ben = '', carla = '', eve = ''] = await people(4)
  const id = await circle([ana, ben, carla])
  const [anas, evas] = [await song(ana), await song(eve)]
  for (const [by, target, wanted, code] of [
    [eve, evas, 'view', 'circle_not_found'],
    [ben, anas, 'view', 'song_not_found'],
    [ana, crypto.randomUUID(), 'view', 'song_not_found'],
    [ana, anas, 'owner', 'invalid_input'],
    [ana, anas, 'member', 'invalid_input'],
  ] as const)
    expect(await codeOf(share(by, id, target, wanted)), `${wanted}, ${code}`).toBe(code)
  for (const more of [{ expires_at: past }, { target_kind: 'circle' }, { target_kind: 'profile' }])
    expect(await codeOf(share(ana, id, anas, 'view', more))).toBe('invalid_input')
  const { id: given } = await share(ana, id, anas, 'edit')
  expect(await share(ana, id, anas, 'view')).toMatchObject({
    id: given,
    role: 'view',
    kind: 'circle',
    circle: { id, name: 'The band' },
  })
  // An editor by the circle shares no further, and an admin gives and takes lower roles only.
  expect(await codeOf(share(ben, id, anas, 'view'))).toBe('forbidden')
  await share(ana, id, anas, 'admin')
  expect(await codeOf(share(ben, id, anas, 'view'))).toBe('forbidden')
  expect(await codeOf(call(ben, 'revoke_share', { share_id: given }))).toBe('forbidden')
  // Accepting, declining and answering are not for a circle.
  for (const name of ['accept_share', 'decline_share'])
    expect(await codeOf(call(ben, name, { share_id: given }))).toBe('share_not_found')
  expect(await codeOf(call(eve, 'remove_circle_share', { share_id: given }))).toBe('share_not_found')
  expect(await codeOf(call(carla, 'remove_circle_share', { share_id: given }))).toBe('forbidden')
  expect(await call(carla, 'list_circle_shares', { circle_id: id })).toMatchObject({
    id: given,
    title: 'Secret',
    song_id: anas,
  })
  await call(ana, 'transfer_circle', { circle_id: id, user_id: ben })
  await call(ben, 'remove_circle_share', { share_id: given })
  await call(ben, 'remove_circle_share', { share_id: given })
  expect([await role(carla, anas), await call(carla, 'list_circle_shares', { circle_id: id })]).toEqual([
    null,
    undefined,
  ])
  // The trail of the owner says how it ended.
  expect(await call(ana, 'list_shares', { target_id: anas })).toMatchObject({ id: given, state: 'left' })
  expect(await sql`select from public.notices where user_id = ${ana} and kind = 'share_left'`).toHaveLength(1)
  // It stays when the sender leaves, and ends with the song.
  await share(ana, id, anas)
  await call(ana, 'leave_circle', { circle_id: id })
  expect(await role(carla, anas)).toBe('view')
  await sql`delete from auth.users where id = ${ana}`
  expect(await call(carla, 'list_circle_shares', { circle_id: id })).toBeUndefined()
})

test('a setlist is shared with a circle together with the songs that its owner may share', async () => {
  const { call, people, circle, song, share, role, sql } = stage()
  const [ana = '', ben = '', carla = ''] = await people(3)
  const id = await circle([ana, ben])
  const [mine, theirs] = [await song(ana), await song(carla, { visibility: 'public' })]
  const setlist = await call<{ id: string }>(ana, 'create_setlist', {
    setlist: { title: 'Friday', entries: [{ song_id: mine }, { song_id: theirs }] },
  })
  await share(ana, id, setlist.id, 'edit', { target_kind: 'setlist', with_songs: true })
  expect(await call(ben, 'role_in', { target_id: setlist.id, target_kind: 'setlist' })).toBe('edit')
  expect([await role(ben, mine), await role(ben, theirs)]).toEqual(['view', null])
  expect(await call(ben, 'list_setlists')).toMatchObject({ id: setlist.id })
  // Shared again after it has expired, it brings its songs again.
  await sql`update public.shares set expires_at = ${past} where circle_id = ${id}`
  expect(await role(ben, mine)).toBeNull()
  await share(ana, id, setlist.id, 'edit', { target_kind: 'setlist', with_songs: true })
  expect(await role(ben, mine)).toBe('view')
  await call(ana, 'remove_circle_member', { circle_id: id, user_id: ben })
  expect([await role(ben, mine), await call(ben, 'list_setlists')]).toEqual([null, undefined])
})

test('notices of what is shared with a circle go to its other members, and are bounded for each sender', async () => {
  const { people, circle, song, share, sql } = stage()
  const [ana = '', ...others] = await people(5)
  const id = await circle([ana, ...others])
  await sql`update private.limits set at_most = 8, per_seconds = 1e9 where key = 'circle_notices'`
  for (let n = 0; n < 4; n++) {
    const one = await song(ana)
    await share(ana, id, one)
    await share(ana, id, one, 'edit')
  }
  const notices =
    await sql`select user_id, song_id, circle_id from public.notices where kind = 'circle_shared' and circle_id = ${id}`
  expect(notices).toHaveLength(8)
  expect(
    notices.every(({ user_id, circle_id, song_id }) => user_id !== ana && circle_id === id && song_id),
  ).toBe(true)
  await sql`update private.limits set at_most = 5000, per_seconds = 86400 where key = 'circle_notices'`
})

test('sharing against removing the sender, deleting the circle, and deleting the account: nobody outside has a role', async () => {
  const { call, people, circle, song, share, role, race, sql } = stage()
  await sql`update private.limits set per_seconds = 1e-6 where per_seconds is not null`
  for (let round = 0; round < rounds; round++) {
    const [ana = '', ben = '', carla = ''] = await people(3)
    const id = await circle([ana, ben, carla])
    const bens = await song(ben)
    const [shared, ended] = await race(
      round,
      () => share(ben, id, bens),
      () =>
        [
          () => call(ana, 'ban_from_circle', { circle_id: id, user_id: ben }),
          () => call(ana, 'delete_circle', { circle_id: id }),
          () => sql`delete from auth.users where id = ${ana}`,
          () => call(ana, 'remove_circle_member', { circle_id: id, user_id: carla }),
          () => sql`delete from auth.users where id = ${carla}`,
        ][round % 5]!(),
    )
    expect(ended, `round ${round}`).toBeNull()
    expect([null, 'circle_not_found'], `round ${round}`).toContain(shared)
    const members = (await sql`select user_id from public.circle_members where circle_id = ${id}`).map(
      ({ user_id }) => user_id,
    )
    expect(await role(carla, bens), `round ${round}`).toBe(
      shared === null && members.includes(carla) ? 'view' : null,
    )
    expect(
      await sql`select from public.shares h where h.kind = 'circle' and not exists (select from public.circles c where c.id = h.circle_id)`,
    ).toHaveLength(0)
  }
})

test('a member watches the circle; one who is removed hears none of a hundred later changes of it and of its songs', async () => {
  const [ana, ben, carla] = (await Promise.all(['Ana', 'Ben', 'Carla'].map((name) => signUp(name)))) as [
    Person,
    Person,
    Person,
  ]
  const circles = of(ana)
  const band = await circles.create({ name: 'The band' })
  const { token } = await circles.createLink(band.id)
  expect(await of(ben).readInvitation(token)).toMatchObject({
    circleName: 'The band',
    circleId: null,
    memberCount: 1,
  })
  await of(ben).acceptInvitation({ token })
  const { id } = await ana.tertulia.songs.create({ content: 'one' })
  await circles.share(band.id, id)

  const watched = of(ben).watch(band.id)
  const song = ben.tertulia.songs.watch(id)
  onTestFinished(() => {
    watched.close()
    song.close()
  })
  const until = (check: () => void) => vi.waitFor(check, { timeout: 20_000, interval: 20 })
  await until(() => expect(watched.getSnapshot()).toMatchObject({ status: 'live', role: 'member' }))
  await until(() => expect(song.getSnapshot()).toMatchObject({ status: 'live', role: 'view' }))
  const heard = await hear(ben)
  await of(carla).acceptInvitation({ token })
  await until(() =>
    expect(watched.getSnapshot().circle?.members.map(({ displayName }) => displayName)).toContain('Carla'),
  )
  await circles.setRole(band.id, ben.id, 'admin')
  await until(() => expect(watched.getSnapshot().role).toBe('admin'))
  await ana.tertulia.songs.update(id, { content: 'two' })
  await until(() => expect(song.getSnapshot().song?.content).toBe('two'))

  await circles.removeMember(band.id, ben.id)
  await until(() => expect(watched.getSnapshot()).toMatchObject({ closeReason: 'removed', circle: null }))
  await until(() => expect(song.getSnapshot()).toMatchObject({ closeReason: 'removed', song: null }))
  await expect(of(ben).get(band.id)).rejects.toMatchObject({ code: 'circle_not_found' })
  // Everything up to here has arrived.
  await until(() => expect(heard.some(({ payload }) => payload.kind === 'circle_removed')).toBe(true))
  const before = heard.length
  for (let n = 0; n < 50; n++) {
    await ana.tertulia.songs.update(id, { year: 1900 + n })
    await circles.rename(band.id, `The band ${n}`)
  }
  await ben.tertulia.sharing.share((await ben.tertulia.songs.create({ content: 'la' })).id, {
    userId: carla.id,
    role: 'view',
  })
  const [offer] = (await carla.tertulia.sharing.listReceived()).items
  await carla.tertulia.sharing.accept(offer?.id ?? '')
  // That Carla accepted arrives: what came before it would have, too.
  await until(() => expect(heard.some(({ payload }) => payload.kind === 'share_accepted')).toBe(true))
  const later = heard.slice(before).filter(({ payload }) => payload.kind !== 'share_accepted')
  console.info(`after the removal the socket heard ${later.length} of 100 changes`)
  expect(later).toEqual([])
})

test('a picture is set by owners and admins, replaces the one before, and goes with nobody’s account', async () => {
  const [ana, ben, eve] = (await Promise.all(['Ana', 'Ben', 'Eve'].map((name) => signUp(name)))) as [
    Person,
    Person,
    Person,
  ]
  const band = await of(ana).create({ name: 'The band' })
  await of(ben).acceptInvitation({ token: (await of(ana).createLink(band.id)).token })
  const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1]).buffer
  const first = await of(ana).setPicture(band.id, png)
  expect((await fetch(first)).status).toBe(200)
  for (const person of [ben, eve]) {
    await expect(of(person).setPicture(band.id, png)).rejects.toMatchObject({ name: 'TertuliaError' })
    const path = `${band.id}/${crypto.randomUUID()}.png`
    expect((await person.supabase.storage.from('tertulia-avatars').upload(path, png)).error).toBeTruthy()
    expect((await person.supabase.storage.from('tertulia-avatars').list(band.id)).data ?? []).toEqual([])
  }
  const second = await of(ana).setPicture(band.id, png)
  expect((await of(ben).get(band.id)).pictureUrl).toBe(second)
  expect((await ana.supabase.storage.from('tertulia-avatars').list(band.id)).data).toHaveLength(1)
  // What the circle shows is not removed behind its back.
  const shown = `${band.id}/${second.split('/').at(-1)}`
  expect((await ana.supabase.storage.from('tertulia-avatars').remove([shown])).data ?? []).toEqual([])
  await expect(of(ana).setPicture(band.id, new TextEncoder().encode('<svg/>').buffer)).rejects.toMatchObject({
    code: 'invalid_input',
    field: 'picture',
  })
  await of(ana).removePicture(band.id)
  expect((await of(ben).get(band.id)).pictureUrl).toBeNull()
  expect((await ana.supabase.storage.from('tertulia-avatars').list(band.id)).data).toEqual([])
})

test('a page of the songs of one owner is full, however many circles have the same song', async () => {
  const { people, circle, song, share, sql } = stage(4)
  const [ana = '', ben = ''] = await people(2)
  const [older, newer] = [await song(ana), await song(ana)]
  for (let n = 0; n < 6; n++) {
    const id = await circle([ana, ben])
    for (const one of [older, newer]) await share(ana, id, one)
  }
  const page = await sql.begin(async (tx) => {
    await tx`select set_config('role', 'authenticated', true), set_config('request.jwt.claims', ${signedIn(ben)}, true)`
    return tx<{ id: string }[]>`select id from public.list_songs(${ana}, 2)`
  })
  expect(page.map(({ id }) => id)).toEqual([newer, older])
})

test('a share is revoked while its circle is being deleted, and while a member’s account is', async () => {
  const { call, people, circle, song, share, sql } = stage()
  for (const end of ['circle', 'account']) {
    const [ana = '', ben = '', carla = ''] = await people(3)
    const id = await circle([ana, ben, carla])
    const secret = await song(ana)
    const given = await share(ana, id, secret)
    const own = await call<{ id: string }>(ana, 'offer_share', {
      target_id: secret,
      user_id: ben,
      role: 'view',
    })
    await call(ben, 'decline_share', { share_id: own.id })
    for (const person of [ben, carla]) await call(person, 'watch_song', { song_id: secret })
    let ended: Promise<string | null> = Promise.resolve(null)
    const revoked = sql.begin(async (tx) => {
      // What revoking does first; the deletion comes in between.
      await tx`select from public.songs where id = ${secret} for no key update`
      await tx`select from public.shares where id = ${given.id} for update`
      ended = codeOf(
        end === 'circle'
          ? call(ana, 'delete_circle', { circle_id: id })
          : sql`delete from auth.users where id = ${ben}`.then(() => null),
      )
      await new Promise((resolve) => setTimeout(resolve, 300))
      await tx`select set_config('role', 'authenticated', true), set_config('request.jwt.claims', ${signedIn(ana)}, true)`
      await tx`select public.revoke_share(${given.id})`
    })
    expect([await codeOf(revoked), await ended], end).toEqual([null, null])
    expect(await sql`select from private.watchers where song_id = ${secret}`).toHaveLength(0)
  }
})
