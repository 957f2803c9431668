import { createCircles, createContext } from 'tertulia/circles'
import { expect, test, vi } from 'vitest'
import { codeOf } from '../chat/sql/database.ts'
import { takeFreshStack } from '../support/fresh-stack.ts'
import { type Person, signUp } from '../support/people.ts'
import { stage } from './stage.ts'

await takeFreshStack()

const open = (s: ReturnType<typeof stage>, by: string, circle: string) =>
  s.call<string>(by, 'open_circle_conversation', { circle_id: circle })
const seats = async ({ sql }: ReturnType<typeof stage>, conversation: string) =>
  Object.fromEntries(
    (
      await sql<{ user_id: string; role: string }[]>`
        select user_id, role from public.conversation_participants where conversation_id = ${conversation} and left_at is null`
    ).map(({ user_id, role }) => [user_id, role]),
  )

test('the conversation of a circle has its people, their roles and its name, whatever happens to them', async () => {
  const s = stage()
  const { call, people, circle, invite, accept, send } = s
  const [owner = '', admin = '', member = '', late = '', stranger = ''] = await people(5)
  const id = await circle([owner, member])
  await accept(admin, (await invite(owner, id, admin, 'admin')).id)
  expect(await codeOf(open(s, stranger, id))).toBe('circle_not_found')
  expect(await codeOf(open(s, member, id))).toBe('forbidden')
  const conversation = await open(s, admin, id)
  for (const by of [owner, admin, member]) expect(await open(s, by, id)).toBe(conversation)
  expect(await codeOf(open(s, stranger, id))).toBe('circle_not_found')
  expect(await s.get(member, id)).toMatchObject({ conversation_id: conversation })
  expect(await seats(s, conversation)).toEqual({ [owner]: 'owner', [admin]: 'admin', [member]: 'member' })
  await send(member, conversation, 'hello')

  // Joining, a new role, a new name, a removal and leaving.
  const seatsNow = () => seats(s, conversation)
  await accept(late, (await invite(owner, id, late)).id)
  expect(await seatsNow()).toMatchObject({ [late]: 'member' })
  await call(owner, 'set_circle_role', { circle_id: id, user_id: late, role: 'admin' })
  expect(await seatsNow()).toMatchObject({ [late]: 'admin' })
  await call(owner, 'transfer_circle', { circle_id: id, user_id: late })
  expect(await seatsNow()).toMatchObject({ [late]: 'owner', [owner]: 'admin' })
  await call(late, 'update_circle', { circle_id: id, name: 'The choir' })
  await call(late, 'remove_circle_member', { circle_id: id, user_id: member })
  await call(owner, 'leave_circle', { circle_id: id })
  expect(await seatsNow()).toEqual({ [late]: 'owner', [admin]: 'admin' })
  expect(await codeOf(send(member, conversation, 'again'))).toBe('conversation_not_found')
  const messages = await s.sql<{ type: string | null; content: string }[]>`
    select system ->> 'type' as type, content from public.messages where conversation_id = ${conversation} order by seq`
  expect(messages.map(({ type, content }) => type ?? content)).toEqual([
    'created',
    'hello',
    'joined',
    'renamed',
    'removed',
    'left',
  ])
  // One who comes back is in it again.
  await accept(member, (await invite(late, id, member)).id)
  expect(await seatsNow()).toMatchObject({ [member]: 'member' })
  await call(late, 'ban_from_circle', { circle_id: id, user_id: member })
  expect(await seatsNow()).toEqual({ [late]: 'owner', [admin]: 'admin' })
  const [head] = await s.sql`
    select c.last_seq::integer, c.last_revision::integer, c.subject, count(m.*)::integer as messages, max(m.revision)::integer as newest
    from public.conversations c join public.messages m on m.conversation_id = c.id
    where c.id = ${conversation} group by c.id`
  expect(head).toMatchObject({ subject: 'The choir', messages: head!.last_seq, newest: head!.last_revision })
})

test('the calls of chat change nothing about who takes part, until the conversation is released', async () => {
  const s = stage()
  const { call, people, circle } = s
  const [owner = '', member = '', stranger = ''] = await people(3)
  const id = await circle([owner, member])
  const conversation = await open(s, owner, id)
  const people_ = { conversation_id: conversation }
  const attempts = [
    ['add_participants', { ...people_, user_ids: [stranger] }],
    ['remove_participant', { ...people_, user_id: member }],
    ['set_role', { ...people_, user_id: member, role: 'owner' }],
    ['ban_user', { ...people_, user_id: member }],
    ['leave_conversation', people_],
  ] as const
  for (const [name, named] of attempts)
    expect([name, await codeOf(call(owner, name, named as never))]).toEqual([name, 'forbidden'])
  expect(await codeOf(call(member, 'leave_conversation', people_))).toBe('forbidden')
  expect(await seats(s, conversation)).toEqual({ [owner]: 'owner', [member]: 'member' })
  // Muting and clearing are one's own.
  expect(
    await codeOf(call(member, 'set_conversation_flags', { ...people_, flags: { muted: true } })),
  ).toBeNull()

  expect(await codeOf(call(member, 'release_circle_conversation', { circle_id: id }))).toBe('forbidden')
  await call(owner, 'release_circle_conversation', { circle_id: id })
  await call(owner, 'release_circle_conversation', { circle_id: id })
  expect(await s.get(owner, id)).toMatchObject({ conversation_id: null })
  await call(owner, 'remove_circle_member', { circle_id: id, user_id: member })
  expect(await seats(s, conversation)).toEqual({ [owner]: 'owner', [member]: 'member' })
  expect(await codeOf(call(member, 'leave_conversation', people_))).toBeNull()
  const another = await open(s, owner, id)
  expect(another).not.toBe(conversation)
  // With the circle goes what binds it, not what was said.
  await s.send(owner, another, 'kept')
  await call(owner, 'delete_circle', { circle_id: id })
  expect(await seats(s, another)).toEqual({ [owner]: 'owner' })
  expect(await codeOf(s.send(owner, another, 'still'))).toBeNull()
})

test('two who open it at once open one; a full group keeps a new member out of the circle too', async () => {
  const s = stage()
  const { people, circle, race, sql, invite, accept } = s
  const [owner = '', admin = '', third = ''] = await people(3)
  for (let round = 0; round < 6; round++) {
    const id = await circle([owner, admin], 'admin')
    expect(
      await race(
        round,
        () => open(s, owner, id),
        () => open(s, admin, id),
      ),
    ).toEqual([null, null])
    expect(await sql`select from private.circle_conversations where circle_id = ${id}`).toHaveLength(1)
    // Who joins while it is made is in it.
    const other = await circle([owner, admin], 'admin')
    const { id: invitation } = await invite(owner, other, third)
    expect(
      await race(
        round,
        () => open(s, owner, other),
        () => accept(third, invitation),
      ),
    ).toEqual([null, null])
    expect(Object.keys(await seats(s, await open(s, owner, other))).sort()).toEqual(
      [owner, admin, third].sort(),
    )
  }
  const id = await circle([owner, admin], 'admin')
  // Both have seen that there is none.
  let both: Promise<(string | null)[]> = Promise.resolve([])
  await sql.begin(async (tx) => {
    await tx`select from public.circles where id = ${id} for update`
    const [{ pid } = {}] = await tx`select pg_backend_pid() as pid`
    both = Promise.all([codeOf(open(s, owner, id)), codeOf(open(s, admin, id))])
    await vi.waitUntil(
      async () =>
        (
          await sql`select from pg_stat_activity where wait_event_type = 'Lock' and query like '%open_circle%' and pid <> ${pid}`
        ).length === 2,
      10_000,
    )
  })
  expect(await both).toEqual([null, null])
  const { id: invitation } = await invite(owner, id, third)
  await sql`update private.limits set at_most = 2 where key = 'group_people'`
  expect(await codeOf(accept(third, invitation))).toBe('group_full')
  expect(await s.get(owner, id)).toMatchObject({ member_count: 2 })
  await sql`update private.limits set at_most = 256 where key = 'group_people'`
  expect(await codeOf(accept(third, invitation))).toBeNull()
})

test('accounts that go while the circle changes leave circle and conversation alike, without a deadlock', async () => {
  const s = stage(16)
  const { people, circle, race, call, sql } = s
  for (let round = 0; round < 10; round++) {
    const [owner = '', admin = '', ...others] = await people(6)
    const id = await circle([owner, ...others])
    await s.accept(admin, (await s.invite(owner, id, admin, 'admin')).id)
    const conversation = await open(s, owner, id)
    const codes = await race(
      round,
      () => call(owner, 'delete_account'),
      () => call(others[0]!, 'delete_account'),
      () => call(admin, 'remove_circle_member', { circle_id: id, user_id: others[1]! }),
      () => call(others[2]!, 'leave_circle', { circle_id: id }),
      () => call(admin, 'update_circle', { circle_id: id, name: `${round}` }),
      () => s.send(others[3]!, conversation, 'hello'),
    )
    expect(codes.filter((code) => code !== null)).toEqual([])
    const members = await sql<{ user_id: string; role: string }[]>`
      select user_id, role from public.circle_members where circle_id = ${id}`
    expect(await seats(s, conversation)).toEqual(
      Object.fromEntries(members.map(({ user_id, role }) => [user_id, role])),
    )
    expect(members.filter(({ role }) => role === 'owner')).toHaveLength(1)
  }
})

test('the heir of a circle is the heir of its conversation', async () => {
  const s = stage()
  const { people, circle, call } = s
  const [owner = '', ...members] = await people(5)
  // In the conversation all have joined at one moment, in the circle the last by id came first.
  const heirs = members.toSorted().toReversed()
  const id = await circle([owner, ...heirs])
  const conversation = await open(s, owner, id)
  await call(owner, 'delete_account')
  expect(await seats(s, conversation)).toEqual({
    ...Object.fromEntries(members.map((member) => [member, 'member'])),
    [heirs[0]!]: 'owner',
  })
  expect(await s.get(heirs[0]!, id)).toMatchObject({ role: 'owner' })
})

test('members see it in their inbox at once, and it goes from there with the membership', async () => {
  const [ana, ben] = (await Promise.all([signUp('Ana'), signUp('Ben')])) as [Person, Person]
  const circles = (user: Person) => createCircles(createContext(user.supabase))
  const band = await circles(ana).create({ name: 'Band' })
  expect(band.conversationId).toBeNull()
  const id = await circles(ana).openConversation(band.id)
  const { token } = await circles(ana).createLink(band.id)
  const inbox = ben.tertulia.chat.watchInbox()
  await vi.waitFor(() => expect(inbox.getSnapshot().status).toBe('live'), 10_000)
  await circles(ben).acceptInvitation({ token })
  await vi.waitFor(
    () => expect(inbox.getSnapshot().items).toMatchObject([{ conversation: { id, subject: 'Band' } }]),
    10_000,
  )
  await ana.tertulia.chat.send(id, { content: 'Friday at eight?' })
  await vi.waitFor(
    () => expect(inbox.getSnapshot().items).toMatchObject([{ lastMessage: { content: 'Friday at eight?' } }]),
    10_000,
  )
  expect(await circles(ben).get(band.id)).toMatchObject({ conversationId: id })
  await circles(ana).removeMember(band.id, ben.id)
  await vi.waitFor(() => expect(inbox.getSnapshot().items).toEqual([]), 10_000)
  await circles(ana).releaseConversation(band.id)
  inbox.close()
})
