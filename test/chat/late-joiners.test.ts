import { expect, test } from 'vitest'
import { type Person, signUp } from '../support/people.ts'
import { codeOf, connectToDatabase, type MessageJson, upTo } from './sql/database.ts'

const code = (answer: Promise<unknown>) =>
  answer.then(
    () => null,
    ({ code }) => code,
  )

/** A group of Ana and Ben, with a secret and a file, which Eve joins when earlier messages are hidden from those who join. */
async function settle() {
  const people = await Promise.all(['Ana', 'Ben', 'Eve', 'Gil'].map((name) => signUp(name)))
  const [ana, ben, eve, gil] = people as [Person, Person, Person, Person]
  const { chat } = ana.tertulia
  const { id } = await chat.createGroup({ subject: 'Coro', memberIds: [ben.id, gil.id] })
  const file = await chat.uploadAttachment(id, new Blob(['secreto'], { type: 'text/plain' }), {
    name: 'secreto.txt',
  })
  const secret = await chat.send(id, { content: 'secreto uno', attachments: [file] })
  const own = await ben.tertulia.chat.send(id, { content: 'secreto dos', replyTo: secret.id })
  await gil.tertulia.chat.send(id, { content: 'secreto de Gil' })
  await gil.tertulia.chat.leave(id)
  await chat.pinMessage(secret.id)
  const before = await chat.listMessages(id)
  expect(await chat.updateGroup(id, { history: 'joined' })).toMatchObject({ history: 'joined' })
  // Those who are in it still see all that they saw.
  for (const one of [ana, ben])
    expect((await one.tertulia.chat.listMessages(id)).items.slice(1)).toEqual(before.items)
  const { lastSeq } = await chat.addParticipants(id, [eve.id])
  return { ana, ben, eve, gil, id, secret, own, file, lastSeq }
}

test('a user who joins late finds nothing of what was said before, by any call', async () => {
  const { ana, ben, eve, gil, id, secret, own, file, lastSeq } = await settle()
  const { chat } = eve.tertulia
  const live = chat.openConversation(id)
  const inbox = chat.watchInbox()
  await expect.poll(() => [live.getSnapshot().status, inbox.getSnapshot().loaded]).toEqual(['live', true])
  expect(live.getSnapshot()).toMatchObject({
    unread: 0,
    hasOlder: false,
    conversation: { formerParticipants: [], pinnedSeqs: [], mentionedUnread: [] },
    messages: [{ seq: lastSeq, system: { type: 'joined', userIds: [eve.id] } }],
  })
  await live.loadOlder()
  expect(live.getSnapshot().messages).toHaveLength(1)

  const refused: [what: string, attempt: () => Promise<unknown>, code: string][] = [
    ['reply', () => chat.send(id, { content: 'x', replyTo: secret.id }), 'invalid_input'],
    ['react', () => chat.react(secret.id, '👍'), 'message_not_found'],
    ['report', () => chat.report(secret.id, { reason: 'x' }), 'message_not_found'],
    ['edit', () => chat.editMessage(secret.id, 'x'), 'message_not_found'],
    ['delete', () => chat.deleteMessage(secret.id), 'message_not_found'],
    ['pin', () => chat.pinMessage(secret.id), 'message_not_found'],
    ['thread', async () => chat.listReplies(secret.id), 'message_not_found'],
    ['jump', () => live.jumpTo(secret.id), 'message_not_found'],
    ['file', () => chat.attachmentUrl(file.path), 'attachment_not_found'],
  ]
  const all = async () => {
    for (const [what, attempt, wanted] of refused) expect(await code(attempt()), what).toBe(wanted)
    const answers = await Promise.all([
      chat.listMessages(id, { limit: 200 }),
      chat.searchMessages('secreto'),
      chat.searchMessages('secreto', { filters: { conversationId: id } }),
      chat.inbox(),
      chat.listPinned(id),
      ...([0, 1, 3, null] as const).map((since_revision) =>
        eve.supabase.rpc('sync_conversation', { conversation_id: id, since_revision }),
      ),
      ...[1, 2, lastSeq].map((seq) => eve.supabase.rpc('list_messages_around', { conversation_id: id, seq })),
      eve.supabase.rpc('list_messages', { conversation_id: id, before_seq: lastSeq }),
      eve.supabase.rpc('sync_inbox', { since: 0 }),
      eve.supabase.storage.from('chat').download(file.path),
      eve.supabase.storage.from('chat').list(`${id}/${ana.id}`),
    ])
    const text = JSON.stringify([answers, live.getSnapshot(), inbox.getSnapshot()])
    expect(text).not.toMatch(/secreto/)
    // Whoever left before is not named either.
    expect(text).not.toContain(gil.id)
  }
  await all()
  // As an admin too: it is a matter of when somebody joined.
  await ana.tertulia.chat.setRole(id, eve.id, 'admin')
  await all()

  // A reply says nothing of what it replies to; changes of hidden messages pass by, and are no gap.
  const reply = await ben.tertulia.chat.send(id, { content: 'a eso', replyTo: secret.id })
  expect(reply.reply).toMatchObject({ excerpt: 'secreto uno' })
  await expect.poll(() => live.getSnapshot().messages.at(-1)).toMatchObject({ content: 'a eso', reply: null })
  await ben.tertulia.chat.react(secret.id, '🎻')
  await ben.tertulia.chat.editMessage(own.id, 'secreto tres')
  await ana.tertulia.chat.editMessage(secret.id, 'secreto cuatro')
  await ana.tertulia.chat.deleteMessage(own.id)
  expect(await chat.react(reply.id, '👍')).toMatchObject({ reply: null })
  await chat.react(reply.id, '👍')
  await ben.tertulia.chat.send(id, { content: 'fin' })
  await expect.poll(() => live.getSnapshot().messages.at(-1)?.content).toBe('fin')
  await expect.poll(() => inbox.getSnapshot().items[0]).toEqual((await chat.inbox()).items[0])
  expect(inbox.getSnapshot().items[0]).toMatchObject({ unread: 2, lastMessage: { content: 'fin' } })
  expect(live.getSnapshot().messages).toEqual((await chat.listMessages(id)).items.toReversed())
  await all()
  const { data } = await ana.supabase.rpc('sync_conversation', { conversation_id: id })
  const hers = await eve.supabase.rpc('sync_conversation', { conversation_id: id })
  expect(hers.data.conversation.last_revision).toBe(data.conversation.last_revision)
  const exported: unknown[] = []
  for await (const row of eve.tertulia.profiles.exportAccount()) exported.push(row)
  expect(JSON.stringify(exported)).not.toMatch(/secreto/)
  // Nor was any of it delivered to her.
  const { sql } = connectToDatabase(1)
  const rows = await sql`
    select payload from realtime.messages where topic = ${`user:${eve.id}`} and payload ->> 'conversation_id' = ${id}`
  expect(rows.length).toBeGreaterThan(5)
  expect(JSON.stringify(rows)).not.toMatch(/secreto|🎻/)
  const stored = await sql.begin(async (tx) => {
    const claims = JSON.stringify({ sub: eve.id, role: 'authenticated' })
    await tx`select set_config('role', 'app_user', true), set_config('request.jwt.claims', ${claims}, true)`
    return tx`select m.seq::integer from public.messages m where m.conversation_id = ${id} order by seq limit 1`
  })
  expect(stored).toEqual([{ seq: lastSeq }])
  live.close()
  inbox.close()
})

test('who comes back sees from there on, in a handle that was open too, and all when the group shows all again', async () => {
  const { ana, ben, id } = await settle()
  const live = ben.tertulia.chat.openConversation(id)
  const inbox = ben.tertulia.chat.watchInbox()
  await expect.poll(() => [live.getSnapshot().status, inbox.getSnapshot().loaded]).toEqual(['live', true])
  const { sql, call } = connectToDatabase(2)
  // Out and in again before his client can ask.
  await sql.begin(async (tx) => {
    const claims = JSON.stringify({ sub: ana.id, role: 'authenticated' })
    await tx`select set_config('role', 'authenticated', true), set_config('request.jwt.claims', ${claims}, true)`
    await tx`select public.remove_participant(${id}, ${ben.id})`
    await tx`select public.send_message(${id}, ${crypto.randomUUID()}, 'secreto mientras')`
    await tx`select public.add_participants(${id}, array[${ben.id}]::uuid[])`
  })
  await ana.tertulia.chat.send(id, { content: 'ya con Ben' })
  await expect
    .poll(() => live.getSnapshot().messages.map(({ content }) => content))
    .toEqual(['', 'ya con Ben'])
  await expect.poll(() => live.getSnapshot()).toMatchObject({ status: 'live', hasOlder: false, unread: 1 })
  await expect.poll(() => inbox.getSnapshot().items[0]).toEqual((await ben.tertulia.chat.inbox()).items[0])
  live.close()
  inbox.close()
  for (const history of ['nothing', '', null, 1]) {
    const changes = { history } as object
    expect(await codeOf(call(ana.id, 'update_group', { conversation_id: id, changes }))).toBe('invalid_input')
  }
  // From now on all, for those who join from now on; he joined before.
  await ana.tertulia.chat.updateGroup(id, { history: 'all' })
  expect((await ben.tertulia.chat.listMessages(id)).items.map(({ content }) => content)).toContain(
    'ya con Ben',
  )
  expect(JSON.stringify(await ben.tertulia.chat.listMessages(id))).not.toContain('secreto')
  await ana.tertulia.chat.removeParticipant(id, ben.id)
  await ana.tertulia.chat.addParticipants(id, [ben.id])
  expect(JSON.stringify(await ben.tertulia.chat.listMessages(id))).toContain('secreto mientras')
  expect((await ben.tertulia.chat.inbox()).items[0]).toMatchObject({ unread: 0 })
  // What he cleared himself does not come back so.
  await ben.tertulia.chat.clearHistory(id)
  await ana.tertulia.chat.removeParticipant(id, ben.id)
  await ana.tertulia.chat.addParticipants(id, [ben.id])
  const left = (await ben.tertulia.chat.listMessages(id)).items
  expect(left.map(({ system }) => system?.type)).toEqual(['joined', 'removed'])
})

test('who joins while messages flood sees exactly those after the joining, and the setting holds from its change on', async () => {
  const { sql, call, people, group, send } = connectToDatabase(16)
  const [ana = '', ben = '', ...late] = await people(10)
  const id = await group([ana, ben])
  await sql`update private.limits set at_most = 100000 where key = 'send'`
  await call(ana, 'update_group', { conversation_id: id, changes: { history: 'joined' } })
  await Promise.all([
    ...upTo(60).map((n) => send(n % 2 ? ana : ben, id, `${n}`)),
    ...late.map((one) => call(ana, 'add_participants', { conversation_id: id, user_ids: [one] })),
    call(ben, 'send_message', { conversation_id: id, message_id: crypto.randomUUID(), content: 'x' }),
  ])
  const [{ last } = { last: 0 }] = await sql<{ last: number }[]>`
    select last_seq::integer as last from public.conversations where id = ${id}`
  for (const one of late) {
    const seen = await call<(MessageJson & { system: { type: string; user_ids: string[] } | null })[]>(
      one,
      'list_messages',
      {
        conversation_id: id,
        page_size: 200,
      },
    )
    const first = seen.at(-1)
    expect(first?.system).toMatchObject({ type: 'joined', user_ids: [one] })
    expect(seen.map(({ seq }) => seq)).toEqual(
      upTo(last)
        .slice((first?.seq ?? 0) - 1)
        .reverse(),
    )
    const rows = await sql<{ seq: number }[]>`
      select (payload ->> 'seq')::integer as seq from realtime.messages
      where topic = ${`user:${one}`} and event = 'message' and payload ->> 'conversation_id' = ${id}`
    for (const { seq } of rows) expect(seq).toBeGreaterThan(first?.seq ?? 0)
    expect(rows).toHaveLength(seen.filter(({ system }) => !system).length)
    const { items } = await call<{ items: { unread: number }[] }>(one, 'get_inbox')
    expect(items[0]?.unread).toBe(seen.filter(({ system }) => !system).length)
  }
})
