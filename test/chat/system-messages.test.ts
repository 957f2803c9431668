import { expect, test } from 'vitest'
import type { Message } from '../../src/index.ts'
import { type Person, signUp } from '../support/people.ts'
import { codeOf, connectToDatabase, type MessageJson, upTo } from './sql/database.ts'

const told = (messages: readonly Message[]) =>
  messages.map(({ system, content, senderId, seq }) =>
    system ? [seq, senderId, system.type, ...system.userIds, system.value].join(' ') : `${seq} ${content}`,
  )

async function signUpAll(...names: string[]): Promise<Person[]> {
  return Promise.all(names.map((name) => signUp(name)))
}

test('what happens to a group stands among its messages, live, in the inbox and from the database alike', async () => {
  const [ana, ben, eve, gil] = (await signUpAll('Ana', 'Ben', 'Eve', 'Gil')) as [
    Person,
    Person,
    Person,
    Person,
  ]
  const { id, ...made } = await ana.tertulia.chat.createGroup({
    subject: 'Coro',
    memberIds: [ben.id, ana.id],
  })
  expect(made).toMatchObject({ lastSeq: 1, lastMessageAt: null })
  const live = ben.tertulia.chat.openConversation(id)
  const inbox = ben.tertulia.chat.watchInbox()
  await expect.poll(() => [live.getSnapshot().status, inbox.getSnapshot().items.length]).toEqual(['live', 1])
  const { chat } = ana.tertulia
  await chat.addParticipants(id, [eve.id, gil.id])
  // Nothing happens, so nothing is told.
  await chat.addParticipants(id, [eve.id])
  await chat.updateGroup(id, { subject: 'Coro', metadata: {} })
  await chat.updateGroup(id, { subject: 'Coro nuevo', writers: 'admins', metadata: { room: 4 } })
  await chat.setRole(id, ben.id, 'admin')
  await chat.updateGroup(id, { subject: null })
  const { seq: said } = await chat.send(id, { content: 'Hola' })
  await chat.removeParticipant(id, gil.id)
  await chat.ban(id, gil.id)
  await chat.ban(id, eve.id)
  await ben.tertulia.chat.unban(id, eve.id)
  const wanted = [
    `1 ${ana.id} created ${ben.id} `,
    ...[`2 ${ana.id} joined`, `3 ${ana.id} renamed Coro nuevo`, `4 ${ana.id} writers admins`],
    ...[`5 ${ana.id} renamed `, '6 Hola', `7 ${ana.id} removed ${gil.id} `, `8 ${ana.id} banned ${eve.id} `],
  ]
  const asTold = () =>
    told(live.getSnapshot().messages).map((line) => (/^2/.test(line) ? line.slice(0, 45) : line))
  await expect.poll(asTold).toEqual(wanted)
  const joined = live.getSnapshot().messages[1]
  expect(new Set(joined?.system?.userIds)).toEqual(new Set([eve.id, gil.id]))
  expect((await ben.tertulia.chat.listMessages(id)).items).toEqual([...live.getSnapshot().messages].reverse())
  // The inbox has the newest of them, and no activity that nobody caused by writing.
  const [item] = (await ben.tertulia.chat.inbox()).items
  await expect.poll(() => inbox.getSnapshot().items[0]).toEqual(item)
  expect(item).toMatchObject({ unread: 1, lastMessage: { seq: 8, content: '', system: { type: 'banned' } } })
  expect(item?.conversation.lastMessageAt).toEqual(live.getSnapshot().messages[5]?.createdAt)
  expect(live.getSnapshot()).toMatchObject({ unread: 1, lastReadSeq: 0 })
  expect(item?.conversation.deletedUnread).toEqual([1, 2, 3, 4, 5, 7, 8])
  // Whom they name has a name, also who wrote nothing; what stands in the database is ids.
  expect(item?.conversation.formerParticipants.map(({ displayName }) => displayName)).toEqual(['Eve', 'Gil'])
  const { data } = await ben.supabase.rpc('list_messages', { conversation_id: id })
  expect(JSON.stringify(data)).not.toMatch(/Ana|Ben|Eve|Gil|handle|display_name/)

  await live.markRead(said)
  expect(live.getSnapshot()).toMatchObject({ unread: 0, lastReadSeq: said })
  expect((await ben.tertulia.chat.inbox({ unread: true })).items).toEqual([])
  expect((await ana.tertulia.chat.inbox()).items[0]).toMatchObject({ unread: 0, lastReadSeq: 6 })
  await ben.tertulia.chat.leave(id)
  expect((await ana.tertulia.chat.inbox()).items[0]).toMatchObject({
    unread: 0,
    lastMessage: { system: { type: 'left' } },
  })
  // A direct conversation has none: a block or an account that returns is nobody else's business.
  const direct = await ana.tertulia.chat.getDirect(ben.id)
  await ana.tertulia.chat.block(ben.id)
  await ana.tertulia.chat.unblock(ben.id)
  expect((await ana.tertulia.chat.getDirect(ben.id)).lastSeq).toBe(direct.lastSeq)
  expect(direct.lastSeq).toBe(0)
  live.close()
  inbox.close()
})

test('what a user has hidden stays hidden until somebody writes, live, from the database and set without a network', async () => {
  const [ana, ben, eve] = (await signUpAll('Ana', 'Ben', 'Eve')) as [Person, Person, Person]
  const { chat } = ana.tertulia
  const { id } = await ben.tertulia.chat.createGroup({ subject: 'Coro', memberIds: [ana.id] })
  await ben.tertulia.chat.send(id, { content: 'Hola' })
  const inbox = chat.watchInbox()
  await expect.poll(() => inbox.getSnapshot().items.length).toBe(1)
  await chat.setFlags(id, { hidden: true })
  await ben.tertulia.chat.addParticipants(id, [eve.id])
  await ben.tertulia.chat.updateGroup(id, { subject: 'Coro nuevo' })
  await eve.tertulia.chat.leave(id)
  await expect.poll(() => inbox.getSnapshot().items[0]?.conversation.lastSeq ?? 5).toBe(5)
  expect((await chat.inbox()).items).toEqual([])
  const { data } = await ana.supabase.rpc('sync_inbox', { since: null as never })
  expect(data.items[0].hidden_seq).toBe(data.items[0].conversation.last_seq)
  // A client that was offline knew less: only system messages came since.
  await chat.setFlags(id, { hidden: false })
  expect((await chat.inbox()).items).toHaveLength(1)
  await ana.supabase.rpc('set_conversation_flags', {
    conversation_id: id,
    flags: { hidden: true, hidden_seq: 2 },
  })
  expect((await chat.inbox()).items).toEqual([])
  await ben.tertulia.chat.send(id, { content: '¿Estás?' })
  await expect
    .poll(() => inbox.getSnapshot().items[0])
    .toMatchObject({ hidden: false, lastMessage: { content: '¿Estás?' } })
  expect((await chat.inbox()).items).toHaveLength(1)
  await ana.supabase.rpc('set_conversation_flags', {
    conversation_id: id,
    flags: { hidden: true, hidden_seq: 2 },
  })
  expect((await chat.inbox()).items).toHaveLength(1)
  inbox.close()
})

test('nobody edits, reacts to, reports, replies to or finds a system message; owners and moderators delete it', async () => {
  const { sql, call, people, group, send } = connectToDatabase(6)
  const [ana = '', ben = '', eve = ''] = await people(3)
  const id = await group([ana, ben])
  await call(ana, 'set_role', { conversation_id: id, user_id: ben, role: 'admin' })
  await call(ben, 'update_group', { conversation_id: id, changes: { subject: 'insulto' } })
  await call(ana, 'set_role', { conversation_id: id, user_id: ben, role: 'member' })
  const list = () =>
    call<(MessageJson & { system: object | null })[]>(ben, 'list_messages', { conversation_id: id })
  const [renamed] = await list()
  const message_id = renamed?.id ?? ''
  const attempts: [name: string, named: Record<string, string | object>, code: string][] = [
    ['edit_message', { message_id, changes: { content: 'x' } }, 'forbidden'],
    ['edit_message', { message_id, changes: { metadata: { a: 1 } } }, 'forbidden'],
    ['react', { message_id, emoji: '👍' }, 'forbidden'],
    ['pin_message', { message_id }, 'forbidden'],
    ['report_message', { message_id, reason: 'spam' }, 'forbidden'],
    ['delete_message', { message_id }, 'forbidden'],
    [
      'send_message',
      {
        conversation_id: id,
        message_id: crypto.randomUUID(),
        content: 'x',
        extras: { reply_to: message_id },
      },
      'invalid_input',
    ],
    ['send_message', { conversation_id: id, message_id, content: 'x' }, 'message_id_taken'],
  ]
  // He made the change, and is no admin any more.
  for (const [name, named, code] of attempts) expect(await codeOf(call(ben, name, named)), name).toBe(code)
  for (const [name, named] of attempts.slice(0, 6))
    expect(await codeOf(call(eve, name, named)), name).toBe('message_not_found')
  for (const query of ['insulto', '-nada', 'renamed', '"subject"'])
    expect(await call(ben, 'search_messages', { query }), query).toEqual([])
  expect(await sql`select from private.undelivered_messages where message_id = ${message_id}`).toHaveLength(0)

  const deleted = await call<MessageJson & { system: null }>(ana, 'delete_message', { message_id })
  expect(deleted).toMatchObject({ system: null, seq: 2 })
  expect(deleted.deleted_at).not.toBeNull()
  await send(ana, id, 'y')
  expect(await call(ben, 'mark_read', { conversation_id: id, seq: 1 })).toEqual({
    last_read_seq: 1,
    unread: 1,
  })
})

test('of an account that goes, the group tells that it left, and keeps nothing that it wrote', async () => {
  const [ana, ben] = (await signUpAll('Ana', 'Benedicto')) as [Person, Person]
  const { id } = await ben.tertulia.chat.createGroup({ subject: 'Coro', memberIds: [ana.id] })
  const live = ana.tertulia.chat.openConversation(id)
  const inbox = ana.tertulia.chat.watchInbox()
  await expect.poll(() => [live.getSnapshot().status, inbox.getSnapshot().loaded]).toEqual(['live', true])
  await ben.tertulia.chat.updateGroup(id, { subject: 'palabras de Ben' })
  await ben.tertulia.chat.updateGroup(id, { subject: 'Coro' })
  const exported: unknown[] = []
  for await (const row of ben.tertulia.profiles.exportAccount()) exported.push(row)
  expect(JSON.stringify(exported)).toContain('palabras de Ben')
  await ben.tertulia.profiles.deleteAccount()
  const wanted = [`1 ${ben.id} created ${ana.id} `, '2 ', '3 ', `4 ${ben.id} left ${ben.id} `]
  await expect.poll(() => told(live.getSnapshot().messages)).toEqual(wanted)
  expect((await ana.tertulia.chat.listMessages(id)).items).toEqual([...live.getSnapshot().messages].reverse())
  const [item] = (await ana.tertulia.chat.inbox()).items
  expect(item).toMatchObject({ unread: 0 })
  await expect.poll(() => inbox.getSnapshot().items[0]).toEqual(item)
  expect(JSON.stringify([live.getSnapshot(), item])).not.toMatch(/Benedicto|palabras/)
  live.close()
  inbox.close()
})

test('a hundred changes of every kind at once have one position each, and clients that heard all of it equal the database', async () => {
  const { sql, call, people, group, send } = connectToDatabase(20)
  const ana = await signUp('Ana')
  const [ben = '', ...others] = await people(8)
  const id = await group([ben, ana.id, ...others.slice(0, 4)])
  const live = ana.tertulia.chat.openConversation(id)
  const inbox = ana.tertulia.chat.watchInbox()
  await expect.poll(() => [live.getSnapshot().status, inbox.getSnapshot().loaded]).toEqual(['live', true])
  await Promise.all(
    upTo(100).map(async (i) => {
      const user_id = others[i % others.length] ?? ''
      if (i % 5 === 0) return send(ben, id, `${i}`).catch(() => {})
      if (i % 5 === 1)
        return call(ben, 'update_group', { conversation_id: id, changes: { subject: `${i}` } }).catch(
          () => {},
        )
      if (i % 5 === 2)
        return call(ben, 'remove_participant', { conversation_id: id, user_id }).catch(() => {})
      if (i % 5 === 3) return call(user_id, 'leave_conversation', { conversation_id: id }).catch(() => {})
      return call(ben, 'add_participants', {
        conversation_id: id,
        user_ids: [user_id, others[0] ?? ''],
      }).catch(() => {})
    }),
  )
  await call(ben, 'send_message', { conversation_id: id, message_id: crypto.randomUUID(), content: 'last' })
  const rows = await sql<{ seq: number; names: string[] | null; type: string | null }[]>`
    select seq::integer, system ->> 'type' as type, array(select jsonb_array_elements_text(system -> 'user_ids')) as names
    from public.messages where conversation_id = ${id} order by seq`
  expect(rows.map(({ seq }) => seq)).toEqual(upTo(rows.length))
  // Each user joins only when out, and leaves only when in.
  const inIt = new Set(others.slice(0, 4))
  for (const { type, names } of rows)
    for (const name of names ?? []) {
      if (type === 'joined') {
        expect(inIt.has(name)).toBe(false)
        inIt.add(name)
      } else if (type === 'left' || type === 'removed') expect(inIt.delete(name)).toBe(true)
    }
  await expect.poll(() => live.getSnapshot().messages.at(-1)?.content).toBe('last')
  const seen = [...live.getSnapshot().messages].reverse()
  expect((await ana.tertulia.chat.listMessages(id, { limit: 200 })).items.slice(0, seen.length)).toEqual(seen)
  const [item] = (await ana.tertulia.chat.inbox()).items
  await expect.poll(() => inbox.getSnapshot().items[0]).toEqual(item)
  expect(item?.unread).toBe(rows.filter(({ type }) => type === null).length)
  live.close()
  inbox.close()
})
