import { createContext, createRequests } from 'tertulia/requests'
import { expect, test } from 'vitest'
import { codeOf, connectToDatabase } from '../chat/sql/database.ts'
import { takeFreshStack } from '../support/fresh-stack.ts'
import { type Person, signUp } from '../support/people.ts'

await takeFreshStack()

const of = ({ supabase }: Person) => createRequests(createContext(supabase))
const nobody = crypto.randomUUID()

test('the owner is asked, and grants, declines or lets it expire; the user who asked learns nothing before a grant', async () => {
  const [ana, ben, carla] = (await Promise.all(['Ana', 'Ben', 'Carla'].map((name) => signUp(name)))) as [
    Person,
    Person,
    Person,
  ]
  const song = await ana.tertulia.songs.create({ title: 'Secret', content: 'la' })
  for (const person of [ben, carla]) await of(person).askOwner(song.id, { message: `I am ${person.id}` })
  await of(ben).askOwner(nobody)
  const open = (await of(ana).list()).items
  expect(open.map(({ songId, title, requestedBy }) => [songId, title, requestedBy.id])).toEqual([
    [song.id, 'Secret', carla.id],
    [song.id, 'Secret', ben.id],
  ])
  const notices = (await ana.tertulia.sharing.listNotices()).items
  expect(notices.map(({ kind, songId, actor }) => [kind, songId, actor?.id])).toEqual([
    ['access_requested', song.id, carla.id],
    ['access_requested', song.id, ben.id],
  ])
  // Of what exists and what does not the asker sees the same.
  const sent = (await of(ben).listSentRequests()).items
  expect(sent.map(({ songId, state }) => [songId, state])).toEqual([
    [nobody, 'pending'],
    [song.id, 'pending'],
  ])
  expect(JSON.stringify(sent)).not.toContain('Secret')
  expect(await ben.tertulia.sharing.getRole(song.id)).toBeNull()

  const [carlas, bens] = open as [(typeof open)[0], (typeof open)[0]]
  const share = await of(ana).grant(bens.id, 'view')
  expect(share).toMatchObject({ state: 'pending', role: 'view', songId: song.id })
  await ben.tertulia.sharing.accept(share.id)
  expect(await ben.tertulia.sharing.getRole(song.id)).toBe('view')
  await of(ana).decline(carlas.id)
  expect((await of(ana).list()).items).toEqual([])
  expect((await of(carla).listSentRequests()).items).toMatchObject([{ state: 'pending' }])
  expect((await of(ben).listSentRequests()).items.map(({ state }) => state)).toEqual(['pending', 'granted'])
  for (const id of [carlas.id, bens.id, nobody])
    await expect(of(ana).grant(id, 'view')).rejects.toMatchObject({ code: 'request_not_found' })
  // A grant lowers nothing that the user got since they asked.
  const other = await ana.tertulia.songs.create({ title: 'Other', content: 'la' })
  await of(ben).askOwner(other.id)
  const given = await ana.tertulia.sharing.share(other.id, { userId: ben.id, role: 'edit' })
  await ben.tertulia.sharing.accept(given.id)
  const [late] = (await of(ana).list()).items.filter(({ songId }) => songId === other.id)
  expect(await of(ana).grant(late!.id, 'view')).toMatchObject({ id: given.id, role: 'edit' })
  expect(await ben.tertulia.sharing.getRole(other.id)).toBe('edit')
  // Asking again before the 30 days are over is no news.
  await of(carla).askOwner(song.id)
  expect((await of(ana).list()).items).toEqual([])
  expect(
    (await ana.tertulia.sharing.listNotices()).items.filter(({ kind }) => kind === 'access_requested'),
  ).toHaveLength(3)
})

test('asking is answered alike for everything, and reaches only an owner who may hear of it', async () => {
  const { sql, call, people } = connectToDatabase()
  const [ana = '', ben = '', eve = ''] = await people(3)
  const make = async (fields: object = {}) => {
    const id = crypto.randomUUID()
    await sql`insert into public.songs ${sql({ id, title: 'x', content: 'la', created_by: ana, ...fields })}`
    return id
  }
  const [song, trashed] = [await make(), await make({ deleted_at: new Date().toISOString() })]
  const setlist = await call<{ id: string }>(ana, 'create_setlist', { setlist: { title: 'Friday' } })
  await call(ana, 'block_user', { user_id: eve })
  const ask = (by: string, id: string, more: object = {}) =>
    call(by, 'request_access', { target_id: id, ...more })
  for (const [by, id, more] of [
    [ben, song],
    [ben, trashed],
    [ben, nobody],
    [ben, setlist.id, { target_kind: 'setlist' }],
    // The id of the one as the other.
    [ben, song, { target_kind: 'setlist' }],
    [eve, song],
    [ana, song],
  ] as const)
    expect(await ask(by, id, more)).toBeNull()
  expect(
    await sql`select user_id from public.notices where kind = 'access_requested' and user_id = any (${[ana, ben, eve]})`,
  ).toEqual([{ user_id: ana }, { user_id: ana }])
  const listed = await sql.begin(async (tx) => {
    await tx`select set_config('role', 'authenticated', true), set_config('request.jwt.claims', ${JSON.stringify({ sub: ana, role: 'authenticated' })}, true)`
    return tx<
      { r: { id: string; song_id: string; setlist_id: string } }[]
    >`select r from public.list_access_requests() r`
  })
  expect(listed.map(({ r }) => r.song_id ?? r.setlist_id)).toEqual([setlist.id, song])
  for (const [named, code] of [
    [{ target_id: null }, 'invalid_input'],
    [{ target_id: song, target_kind: 'circle' }, 'invalid_input'],
    [{ target_id: song, message: '' }, 'invalid_input'],
    [{ target_id: song, message: 'x'.repeat(1001) }, 'invalid_input'],
  ] as const)
    expect(await codeOf(call(ben, 'request_access', named))).toBe(code)
  // Only the owner answers, with a role below their own.
  const [, first] = listed
  for (const by of [ben, eve])
    for (const name of ['grant_access_request', 'decline_access_request'])
      expect(
        await codeOf(
          call(by, name, {
            request_id: first?.r.id ?? '',
            ...(name.startsWith('grant') && { role: 'view' }),
          }),
        ),
      ).toBe('request_not_found')
  expect(
    await codeOf(call(ana, 'grant_access_request', { request_id: first?.r.id ?? '', role: 'owner' })),
  ).toBe('invalid_input')
  // After 30 days it has ended, and asking is news again.
  await sql`update private.access_requests set created_at = created_at - interval '31 days'`
  expect(
    await codeOf(call(ana, 'grant_access_request', { request_id: first?.r.id ?? '', role: 'view' })),
  ).toBe('request_not_found')
  await ask(ben, song)
  expect(await call(ana, 'list_access_requests')).toMatchObject({ song_id: song })
  // Withdrawn, it and its notice are gone.
  await call(ben, 'withdraw_access_request', { request_id: first?.r.id ?? '' })
  expect(await call(ana, 'list_access_requests')).toBeUndefined()
  await sql`delete from auth.users where id = ${ben}`
  expect(await sql`select from private.access_requests where requested_by = ${ben}`).toHaveLength(0)
})

test('asking and answering at once: one request, one answer, one share', async () => {
  const { sql, call, people } = connectToDatabase()
  for (let round = 0; round < 6; round++) {
    const [ana = '', ben = ''] = await people(2)
    const song = crypto.randomUUID()
    await sql`insert into public.songs ${sql({ id: song, title: 'x', content: 'la', created_by: ana })}`
    await Promise.all([1, 2, 3].map(() => call(ben, 'request_access', { target_id: song })))
    expect(await sql`select from public.notices where user_id = ${ana}`).toHaveLength(1)
    const { id: request_id } = await call<{ id: string }>(ana, 'list_access_requests')
    const codes = await Promise.all(
      [
        () => call(ana, 'grant_access_request', { request_id, role: 'view' }),
        () => call(ana, 'grant_access_request', { request_id, role: 'edit' }),
        () =>
          round % 2
            ? call(ana, 'decline_access_request', { request_id })
            : call(ben, 'withdraw_access_request', { request_id }),
      ].map((one) => codeOf(one())),
    )
    const granted = codes.slice(0, 2).filter((code) => code === null).length
    expect(granted, `round ${round}: ${codes}`).toBeLessThanOrEqual(1)
    for (const code of codes) expect([null, 'request_not_found']).toContain(code)
    expect(await sql`select from public.shares where song_id = ${song}`).toHaveLength(granted)
  }
})

test('withdrawing a request does not reveal that it was declined', async () => {
  const { sql, call, people } = connectToDatabase()
  const [ana = '', ben = ''] = await people(2)
  const song = crypto.randomUUID()
  await sql`insert into public.songs ${sql({ id: song, title: 'x', content: 'la', created_by: ana })}`
  await call(ben, 'request_access', { target_id: song })
  const { id } = await call<{ id: string }>(ana, 'list_access_requests')
  await call(ana, 'decline_access_request', { request_id: id })
  await call(ben, 'withdraw_access_request', { request_id: id })
  expect(await call(ben, 'list_access_requests_sent')).toMatchObject({ id, state: 'withdrawn' })
  expect(await codeOf(call(ana, 'grant_access_request', { request_id: id, role: 'view' }))).toBe(
    'request_not_found',
  )
})

test('asking while the song is being deleted is answered like any other request', async () => {
  const { sql, call, people } = connectToDatabase()
  const [ana = '', ben = ''] = await people(2)
  const song = crypto.randomUUID()
  await sql`insert into public.songs ${sql({ id: song, title: 'x', content: 'la', created_by: ana })}`
  let asked: Promise<string | null> = Promise.resolve(null)
  await sql.begin(async (tx) => {
    await tx`delete from auth.users where id = ${ana}`
    asked = codeOf(call(ben, 'request_access', { target_id: song }))
    await new Promise((resolve) => setTimeout(resolve, 300))
  })
  expect(await asked).toBeNull()
  expect(await call(ben, 'list_access_requests_sent')).toMatchObject({ song_id: song, state: 'pending' })
})
