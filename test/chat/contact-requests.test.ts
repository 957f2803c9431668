import { type Contacts, createContacts, createContext } from 'tertulia/contacts'
import { expect, test } from 'vitest'
import { type Person, signInAgain, signUp } from '../support/people.ts'
import { type ConversationJson, codeOf, connectToDatabase, upTo } from './sql/database.ts'

interface RequestJson {
  id: string
  kind: string
  user: { user_id: string }
  group: { id: string; subject: string } | null
}

const within = { timeout: 15_000 }
const code = (answer: Promise<unknown>) =>
  answer.then(
    () => null,
    ({ code }) => code,
  )

async function settle(...names: string[]): Promise<(Person & { contacts: Contacts })[]> {
  const people = await Promise.all(names.map((name) => signUp(name)))
  return people.map((one) => ({ ...one, contacts: createContacts(createContext(one.supabase)) }))
}
type User = Person & { contacts: Contacts }

/** Calls of users straight in the database, and what they have and were told. */
function connect(connections = 8) {
  const database = connectToDatabase(connections)
  const { call, sql } = database
  return {
    ...database,
    ask: (from: string, to: string) => call<string>(from, 'request_contact', { user_id: to }),
    requests: (person: string, sent = false) => call<RequestJson[]>(person, 'list_requests', { sent }),
    answer: (person: string, request_id = '', accept = true) =>
      call<ConversationJson | null>(person, 'answer_request', { request_id, accept }),
    rule: (person: string, rules: object) => call(person, 'set_contact_rules', { rules }),
    open: (person: string, other_id: string) => call<ConversationJson>(person, 'open_direct', { other_id }),
    told: async (person: string) =>
      (
        await sql`select from realtime.messages where topic = ${`user:${person}`} and event = 'request' and not payload ? 'answered'`
      ).length,
  }
}

test('who may not write asks, the user hears of it at once, and after a yes both write', async () => {
  const [ana, ben] = (await settle('Ana', 'Ben')) as [User, User]
  expect(await ben.contacts.getContactRules()).toEqual({ write: 'everyone', groups: 'everyone' })
  expect(await ana.contacts.requestContact(ben.id)).toBe('open')
  expect(await ben.contacts.setContactRules({ write: 'nobody' })).toEqual({
    write: 'nobody',
    groups: 'everyone',
  })
  expect(await ben.contacts.setContactRules({ groups: 'known' })).toEqual({
    write: 'nobody',
    groups: 'known',
  })
  const requests = ben.contacts.watchRequests()
  await expect.poll(() => requests.getSnapshot().status, within).toBe('live')
  expect(await code(ana.tertulia.chat.getDirect(ben.id))).toBe('request_needed')
  await ben.tertulia.profiles.update({ isListed: false })
  expect(await ana.contacts.requestContact(ben.id)).toBe('sent')
  await expect
    .poll(() => requests.getSnapshot().items)
    .toMatchObject([
      { kind: 'contact', group: null, user: { id: ana.id, displayName: 'Ana', avatarUrl: null } },
    ])
  expect((await ana.contacts.listRequests({ sent: true })).items).toMatchObject([
    { user: { id: ben.id, handle: null, displayName: '', avatarUrl: null } },
  ])
  expect((await ana.contacts.listRequests()).items).toEqual([])
  const [request] = (await ben.contacts.listRequests()).items
  const inbox = ana.tertulia.chat.watchInbox()
  const conversation = await ben.contacts.answerRequest(request!.id, true)
  await expect.poll(() => inbox.getSnapshot().items[0]?.conversation.id, within).toBe(conversation!.id)
  await requests.refresh()
  expect(requests.getSnapshot().items).toEqual([])
  await ana.tertulia.chat.send(conversation!.id, { content: 'Hola' })
  await ben.tertulia.chat.send(conversation!.id, { content: 'Hola, Ana' })
  expect((await ana.contacts.listRequests({ sent: true })).items).toEqual([])
  expect(await ana.contacts.requestContact(ben.id)).toBe('open')
  requests.close()
  inbox.close()
  for (const [rules, field] of [
    [{ write: 'friends' }, 'write'],
    [{ groups: null }, 'groups'],
    [{ read: 'known' }, 'read'],
  ])
    await expect(ben.contacts.setContactRules(rules as never)).rejects.toMatchObject({
      code: 'invalid_input',
      field,
    })
})

test('an answer on one device ends the request on the others, and the sender hears nothing', async () => {
  const [ana, ben] = (await settle('Ana', 'Ben')) as [User, User]
  const tablet = createContacts(createContext((await signInAgain(ben)).supabase))
  await ben.contacts.setContactRules({ write: 'nobody' })
  const [theirs, onTablet] = [ana.contacts.watchRequests(), tablet.watchRequests()]
  for (const accept of [false, true]) {
    const eve = (await settle('Eve'))[0]!
    expect(await eve.contacts.requestContact(ben.id)).toBe('sent')
    await expect.poll(() => onTablet.getSnapshot().items, within).toMatchObject([{ user: { id: eve.id } }])
    const [request] = onTablet.getSnapshot().items
    await ben.contacts.answerRequest(request!.id, accept)
    await expect.poll(() => onTablet.getSnapshot().items, within).toEqual([])
  }
  expect(theirs.getSnapshot().items).toEqual([])
  theirs.close()
  onTablet.close()
})

test('a rule holds in conversations that are there: sends, edits and reactions, but whoever is written to may answer', async () => {
  const { call, people, send, rule, open, ask } = connect()
  const [ana = '', ben = '', eve = ''] = await people(3)
  const { id } = await open(ana, ben)
  const sent = await send(ana, id, 'before')
  const attempts = () =>
    Promise.all(
      [
        send(ana, id),
        call(ana, 'edit_message', { message_id: sent.id, changes: { content: 'other words' } }),
        call(ana, 'react', { message_id: sent.id, emoji: '👍' }),
      ].map(codeOf),
    )
  await rule(ben, { write: 'known' })
  // A stranger wrote; he never has.
  expect(await attempts()).toEqual(['request_needed', 'request_needed', 'request_needed'])
  expect(await call<unknown[]>(ana, 'list_messages', { conversation_id: id })).toHaveLength(1)
  expect((await open(ana, ben)).id).toBe(id)
  const own = await send(ben, id, 'an answer')
  expect(await attempts()).toEqual([null, null, null])
  // With nobody those of before ask as well, until he writes again. A deleted message was one too.
  await rule(ben, { write: 'nobody' })
  expect((await attempts())[0]).toBe('request_needed')
  expect(await ask(ana, ben)).toBe('sent')
  await call(ben, 'delete_message', { message_id: own.id })
  expect((await attempts())[0]).toBe('request_needed')
  const { id: later } = await send(ben, id, 'and again')
  await call(ben, 'delete_message', { message_id: later })
  expect(await attempts()).toEqual([null, null, null])
  // The same rule again changes nothing, also beside another one.
  await rule(ben, { write: 'nobody', groups: 'known' })
  expect((await attempts())[0]).toBeNull()
  // Whom he writes to first may answer, and whom he asked.
  const { id: other } = await open(ben, eve)
  expect(await codeOf(send(eve, other))).toBeNull()
  await rule(ben, { write: 'everyone' })
  await rule(ben, { write: 'nobody' })
  expect(await codeOf(send(eve, other))).toBe('request_needed')
  await rule(eve, { write: 'nobody' })
  expect(await ask(ben, eve)).toBe('sent')
  expect(await codeOf(send(eve, other))).toBeNull()
  expect(await codeOf(send(ben, other))).toBeNull()
})

test('a refusal is not told, repeats are bounded, and a block ends what waits', async () => {
  const { sql, call, people, rule, ask, requests, answer, told } = connect()
  const [ana = '', ben = '', eve = ''] = await people(3)
  await rule(ben, { write: 'known' })
  for (const _ of upTo(3)) expect(await ask(ana, ben)).toBe('sent')
  expect([await told(ben), (await requests(ben)).length]).toEqual([1, 1])
  const before = await requests(ana, true)
  const [request] = await requests(ben)
  expect(await codeOf(answer(eve, request?.id))).toBe('request_not_found')
  expect(await codeOf(answer(ana, request?.id))).toBe('request_not_found')
  expect(await answer(ben, request?.id, false)).toBeNull()
  expect(await answer(ben, request?.id, false)).toBeNull()
  // Ana sees and gets what she saw and got.
  expect(await requests(ana, true)).toEqual(before)
  for (const _ of upTo(3)) expect(await ask(ana, ben)).toBe('sent')
  expect(await requests(ana, true)).toEqual(before)
  expect([await told(ben), await requests(ben), await told(ana)]).toEqual([1, [], 0])
  expect(await codeOf(answer(ben, request?.id))).toBe('request_not_found')
  expect(await codeOf(call(ana, 'open_direct', { other_id: ben }))).toBe('request_needed')
  // After the rest she may ask once more.
  await sql`update private.contact_requests set answered_at = answered_at - interval '31 days' where recipient_id = ${ben}`
  expect(await ask(ana, ben)).toBe('sent')
  expect([await told(ben), (await requests(ben)).length]).toEqual([2, 1])
  await call(ben, 'block_user', { user_id: ana })
  expect(await requests(ben)).toEqual([])
  expect(await codeOf(answer(ben, request?.id))).toBe('request_not_found')
  expect(await codeOf(ask(ana, ben))).toBe('blocked')
  await call(ben, 'unblock_user', { user_id: ana })
  expect(await requests(ben)).toEqual([])
  // One that came at the same moment as the block is not there either.
  await call(ben, 'block_user', { user_id: ana })
  const [{ id } = { id: '' }] = await sql<{ id: string }[]>`
    insert into private.contact_requests ${sql({ sender_id: ana, recipient_id: ben })}
    on conflict (sender_id, recipient_id) where conversation_id is null do update set answered_at = null, accepted = null
    returning id`
  expect([await requests(ben), await codeOf(answer(ben, id))]).toEqual([[], 'request_not_found'])

  // Both want it: nobody waits.
  await rule(eve, { write: 'nobody' })
  await call(ben, 'set_contact_rules', { rules: { write: 'nobody' } })
  expect([await ask(ben, eve), await ask(eve, ben)]).toEqual(['sent', 'open'])
  expect([await requests(eve), await codeOf(call(ben, 'open_direct', { other_id: eve }))]).toEqual([[], null])
})

test('an addition that a user does not allow is an invitation, which joins, is declined, or goes with who invited', async () => {
  const { sql, call, people, group, rule, requests, answer, told, open, send } = connect()
  const [ana = '', ben = '', eve = '', gil = ''] = await people(4)
  await Promise.all([rule(ben, { groups: 'known' }), rule(eve, { groups: 'nobody' })])
  const seated = async (id: string) =>
    (
      await call<ConversationJson>(ana, 'sync_conversation', { conversation_id: id }).then(
        (one) => one as never as { conversation: ConversationJson },
      )
    ).conversation.participants.map(({ user_id }) => user_id)
  const id = await group([ana, ben, eve, gil])
  expect(new Set(await seated(id))).toEqual(new Set([ana, gil]))
  expect(await codeOf(send(ben, id))).toBe('conversation_not_found')
  const [invited] = await requests(ben)
  expect(invited).toMatchObject({ kind: 'group', user: { user_id: ana }, group: { id, subject: 'Group' } })
  const add = (by: string, ...user_ids: string[]) =>
    call<ConversationJson>(by, 'add_participants', { conversation_id: id, user_ids })
  await add(ana, ben, eve)
  expect([await told(ben), (await requests(ben)).length, await seated(id)]).toEqual([1, 1, await seated(id)])
  // He joins, and the group tells it.
  const joined = await answer(ben, invited?.id)
  expect(joined?.participants.map(({ user_id }) => user_id)).toContain(ben)
  const [newest] = await call<{ sender_id: string; system: object }[]>(ben, 'list_messages', {
    conversation_id: id,
  })
  expect(newest).toMatchObject({ sender_id: ben, system: { type: 'joined', user_ids: [ben] } })
  expect((await answer(ben, invited?.id))?.id).toBe(id)
  // The same answer does not bring him back once he has left, and for a while nobody invites him again.
  await call(ben, 'leave_conversation', { conversation_id: id })
  expect(await codeOf(answer(ben, invited?.id))).toBe('request_not_found')
  await add(ana, ben)
  expect(await requests(ben)).toEqual([])
  // Known users add him.
  const { id: direct } = await open(ben, ana)
  await send(ben, direct, 'Add me')
  await add(ana, ben)
  expect(await seated(id)).toContain(ben)
  // Nobody adds Eve, also whom she knows; her invitation is that of who may add others, and ends with a ban.
  await open(eve, ana)
  const [hers] = await requests(eve)
  await call(ana, 'set_role', { conversation_id: id, user_id: gil, role: 'owner' })
  await call(gil, 'set_role', { conversation_id: id, user_id: ana, role: 'member' })
  expect(await requests(eve)).toEqual([])
  expect(await codeOf(answer(eve, hers?.id))).toBe('request_not_found')
  await add(gil, eve)
  expect(await requests(eve)).toMatchObject([{ id: hers?.id, user: { user_id: gil } }])
  expect(await told(eve)).toBe(1)
  await call(gil, 'ban_user', { conversation_id: id, user_id: eve })
  expect(await requests(eve)).toEqual([])
  expect(await codeOf(answer(eve, hers?.id))).toBe('request_not_found')
  await call(gil, 'unban_user', { conversation_id: id, user_id: eve })
  expect(await requests(eve)).toEqual([])
  // Who makes a group for each invitation does not get far.
  const [spammer = '', tired = ''] = await people(2)
  await rule(tired, { groups: 'nobody' })
  for (const _ of upTo(7)) await group([spammer, tired])
  expect([(await requests(tired)).length, await told(tired)]).toEqual([5, 5])
  // A full group seats nobody else, and the invitation stays.
  await sql`update private.contact_requests set answered_at = answered_at - interval '31 days' where recipient_id = ${eve}`
  await add(gil, eve)
  const [again] = await requests(eve)
  await sql`update private.limits set at_most = 3 where key = 'group_people'`
  expect(await codeOf(answer(eve, again?.id))).toBe('group_full')
  await sql`update private.limits set at_most = 256 where key = 'group_people'`
  expect(await requests(eve)).toHaveLength(1)
  expect((await answer(eve, again?.id))?.id).toBe(id)
})

test('a block or a ban that is taken back repeats no request and no invitation', async () => {
  const { call, people, group, rule, ask, requests, told } = connect()
  const [ana = '', ben = '', eve = ''] = await people(3)
  await rule(ben, { write: 'nobody', groups: 'nobody' })
  for (const _ of upTo(3)) {
    expect(await ask(ana, ben)).toBe('sent')
    await call(ana, 'block_user', { user_id: ben })
    expect([await requests(ana, true), await requests(ben)]).toEqual([[], []])
    await call(ana, 'unblock_user', { user_id: ben })
  }
  expect([await told(ben), await requests(ben)]).toEqual([1, []])
  const id = await group([eve, ben])
  for (const _ of upTo(3)) {
    await call(eve, 'ban_user', { conversation_id: id, user_id: ben })
    expect([await requests(eve, true), await requests(ben)]).toEqual([[], []])
    await call(eve, 'unban_user', { conversation_id: id, user_id: ben })
    await call(eve, 'add_participants', { conversation_id: id, user_ids: [ben] })
  }
  expect([await told(ben), await requests(ben)]).toEqual([2, []])
})

test('who invited and is no longer in the group, or adds nobody to it, reads nothing of it in sent requests', async () => {
  const { call, people, group, rule, requests } = connect()
  const [ana = '', ben = '', eve = ''] = await people(3)
  await rule(ben, { groups: 'nobody' })
  const id = await group([eve, ana])
  await call(eve, 'set_role', { conversation_id: id, user_id: ana, role: 'admin' })
  await call(ana, 'add_participants', { conversation_id: id, user_ids: [ben] })
  expect(await requests(ana, true)).toMatchObject([{ group: { id } }])
  await call(eve, 'remove_participant', { conversation_id: id, user_id: ana })
  await call(eve, 'update_group', { conversation_id: id, changes: { subject: 'Secret' } })
  expect(await requests(ana, true)).toEqual([])
  expect(await requests(ben)).toEqual([])
})

test('two at once: answers, requests of both, a request and a block, an invitation and a ban, a deletion', async () => {
  const { sql, call, people, group, rule, ask, requests, answer, open, send } = connect(12)
  for (const round of upTo(8)) {
    const [ana = '', ben = ''] = await people(2)
    await Promise.all([rule(ana, { write: 'nobody' }), rule(ben, { write: 'nobody', groups: 'nobody' })])
    await ask(ana, ben)
    const [request] = await requests(ben)
    // Two devices: the first answer counts, whichever it is.
    const answers = await Promise.all([
      codeOf(answer(ben, request?.id, true)),
      codeOf(answer(ben, request?.id, round % 2 === 0)),
    ])
    const [row] = await sql<
      { accepted: boolean }[]
    >`select accepted from private.contact_requests where id = ${request?.id ?? ''}`
    if (round % 2 === 0) expect(answers).toEqual([null, null])
    else expect(answers.filter((one) => one !== null)).toEqual(['request_not_found'])
    expect(await codeOf(open(ana, ben))).toBe(row?.accepted ? null : 'request_needed')

    const [cat = '', dan = ''] = await people(2)
    await Promise.all([rule(cat, { write: 'nobody' }), rule(dan, { write: 'nobody' })])
    await Promise.all([ask(cat, dan), ask(dan, cat)])
    const { id } = await open(cat, dan)
    expect(await Promise.all([send(cat, id), send(dan, id)].map(codeOf))).toEqual([null, null])
    expect([await requests(cat), await requests(dan)]).toEqual([[], []])

    const [eve = '', fay = ''] = await people(2)
    await rule(eve, { write: 'known' })
    const both = await Promise.all([codeOf(ask(fay, eve)), codeOf(call(eve, 'block_user', { user_id: fay }))])
    expect([null, 'blocked']).toContain(both[0])
    expect([await requests(eve), both[1]]).toEqual([[], null])

    const [gil = '', hal = ''] = await people(2)
    await rule(hal, { groups: 'nobody' })
    const trio = await group([gil, hal])
    const [invited] = await requests(hal)
    await Promise.all([
      codeOf(answer(hal, invited?.id)),
      codeOf(call(gil, 'ban_user', { conversation_id: trio, user_id: hal })),
    ])
    expect(await codeOf(send(hal, trio))).toBe('conversation_not_found')
    expect(await requests(hal)).toEqual([])

    const [ida = '', jon = ''] = await people(2)
    await rule(jon, { write: 'known' })
    await ask(ida, jon)
    const [last] = await requests(jon)
    const [answered] = await Promise.all([
      codeOf(answer(jon, last?.id)),
      sql`delete from auth.users where id = ${ida}`,
      codeOf(ask(ida, jon)),
    ])
    expect([null, 'request_not_found']).toContain(answered)
    expect(
      await sql`select from private.contact_requests where ${ida} in (sender_id, recipient_id)`,
    ).toHaveLength(0)
    expect(await requests(jon)).toEqual([])
  }
})
