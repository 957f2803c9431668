import { expect, test } from 'vitest'
import { type Person, signInAgain, signUp } from '../support/people.ts'
import { withoutBroadcasts } from '../support/silence.ts'
import { closing, live, until } from '../support/watching.ts'
import { connectToDatabase, upTo } from './sql/database.ts'

/** What a change writes for its participants: rows, and the bytes of the largest payload. */
function measuring({ sql }: ReturnType<typeof connectToDatabase>) {
  return async (conversation: string, change: () => Promise<unknown>) => {
    const [before] =
      await sql`select coalesce(max(inserted_at), 'epoch')::text as at, count(*)::integer as rows from realtime.messages`
    await change()
    const rows = await sql<{ topic: string; bytes: number }[]>`
      select topic, octet_length(payload::text) as bytes from realtime.messages
      where payload ->> 'conversation_id' = ${conversation} order by inserted_at desc, id
      limit (select count(*) from realtime.messages) - ${before?.rows}`
    return { rows: rows.length, bytes: Math.max(0, ...rows.map(({ bytes }) => bytes)) }
  }
}

test('a change of a group of 201 costs at most 2 KiB a recipient, and a reaction 256 bytes', async () => {
  const database = connectToDatabase()
  const { call, people, group, send } = database
  const everybody = await people(203)
  const [ana = '', ben = ''] = everybody
  const id = await group(everybody.slice(0, 201))
  const cost = measuring(database)
  const conversation = { conversation_id: id }
  const message = await send(ana, id, 'x'.repeat(8_000))
  const react = (user: string, emoji: string, present = true) =>
    call(user, 'react', { message_id: message.id, emoji, present })
  for (const user of everybody.slice(2, 201)) await react(user, '🎸')
  const emoji = '👩🏽‍❤️‍💋‍👨🏿'

  const update = (changes: object) => cost(id, () => call(ana, 'update_group', { ...conversation, changes }))
  const small = { rows: 201, bytes: expect.toSatisfy((bytes: number) => bytes <= 2_048) }
  expect(await update({ subject: '🎸'.repeat(200) })).toEqual(small)
  expect(await update({ metadata: { text: 'x'.repeat(8_000) } })).toEqual(small)
  const set = (name: string, more: object) => cost(id, () => call(ana, name, { ...conversation, ...more }))
  expect(await set('set_role', { user_id: ben, role: 'admin' })).toEqual(small)
  expect(await set('add_participants', { user_ids: everybody.slice(201) })).toEqual({ ...small, rows: 203 })
  // One more for who is removed.
  expect(await set('remove_participant', { user_id: everybody[202]! })).toEqual({ ...small, rows: 203 })

  const tiny = { rows: 202, bytes: expect.toSatisfy((bytes: number) => bytes <= 256) }
  expect(await cost(id, () => react(ben, emoji))).toEqual(tiny)
  expect(await cost(id, () => react(ana, emoji))).toEqual(tiny)
  expect(await cost(id, () => react(ben, emoji, false))).toEqual(tiny)
  // An edit leaves out who reacted.
  expect(
    await cost(id, () =>
      call(ana, 'edit_message', { message_id: message.id, changes: { content: 'short' } }),
    ),
  ).toEqual({
    rows: 202,
    bytes: expect.toSatisfy((bytes: number) => bytes <= 1_024),
  })
}, 120_000)

/** A group of two users with messages that were sent before anything is open. */
async function groupOf(people: Person[]) {
  const [first, ...others] = people
  return first!.tertulia.chat.createGroup({ subject: 'Ensayo', memberIds: others.map(({ id }) => id) })
}

test('an edit of a message with 1,020 replies shows in them, and leaves readers where they are', async () => {
  const { call, send } = connectToDatabase()
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const { id } = await groupOf([ana, ben])
  const first = await send(ana.id, id, 'the original')
  for (let n = 0; n < 1_020; n += 20) {
    await Promise.all(upTo(20).map(() => send(ben.id, id, 'a reply', { reply_to: first.id })))
  }
  const hers = closing(ana.tertulia.chat.openConversation(id))
  const other = await signInAgain(ana)
  const deaf = closing(other.tertulia.chat.openConversation(id))
  for (const conversation of [hers, deaf]) {
    await live(conversation)
    while (conversation.getSnapshot().hasOlder) await conversation.loadOlder({ limit: 200 })
    expect(conversation.getSnapshot().messages).toHaveLength(1_022)
  }
  const excerpts = (conversation: typeof hers) =>
    new Set(
      conversation
        .getSnapshot()
        .messages.slice(2)
        .map(({ reply }) => reply?.excerpt),
    )

  await call(ana.id, 'edit_message', { message_id: first.id, changes: { content: 'what was meant' } })
  for (const conversation of [hers, deaf]) {
    await until(conversation, ({ messages }) => messages[1]?.content === 'what was meant')
    expect(conversation.getSnapshot().messages).toHaveLength(1_022)
    expect(excerpts(conversation)).toEqual(new Set(['what was meant']))
  }
  // The same without the event, by synchronising: the beginning of a long text, and of none.
  const long = 'word '.repeat(100)
  await withoutBroadcasts(ana.id, () =>
    call(ana.id, 'edit_message', { message_id: first.id, changes: { content: long } }),
  )
  await other.supabase.realtime.disconnect()
  await until(deaf, ({ messages }) => messages[1]?.content === long)
  expect(excerpts(deaf)).toEqual(new Set([long.slice(0, 140)]))
  await call(ana.id, 'delete_message', { message_id: first.id })
  for (const conversation of [hers, deaf]) {
    await until(conversation, ({ messages }) => messages[1]?.deletedAt !== null)
    expect(conversation.getSnapshot().messages).toHaveLength(1_022)
    expect(excerpts(conversation)).toEqual(new Set(['']))
  }
}, 120_000)

test('reactions that come and go show in the order of the database, on every device', async () => {
  const [ana, ben, eve] = await Promise.all([signUp('Ana'), signUp('Ben'), signUp('Eve')])
  const { id } = await groupOf([ana, ben, eve])
  const { id: message } = await ana.tertulia.chat.send(id, { content: 'play' })
  const hers = closing(ana.tertulia.chat.openConversation(id))
  const inbox = ana.tertulia.chat.watchInbox()
  await live(hers)
  const steps: [Person, string, boolean][] = [
    [ana, '🎸', true],
    [ben, '🎶', true],
    [eve, '🎸', true],
    [eve, '👀', true],
    // The first who chose it takes it back: it now stands where the next one chose it.
    [ana, '🎸', false],
    [ben, '👀', true],
    [eve, '👀', false],
    [ben, '🎶', false],
  ]
  for (const [{ tertulia }, emoji, present] of steps) {
    const { reactions } = await tertulia.chat.react(message, emoji, present)
    const there = JSON.stringify(reactions)
    await until(hers, ({ messages }) => JSON.stringify(messages[1]?.reactions) === there)
  }
  const { items } = await ana.tertulia.chat.inbox()
  expect(inbox.getSnapshot().items[0]?.lastMessage?.reactions).toEqual(items[0]?.lastMessage?.reactions)
  inbox.close()
})

test('who joins, leaves and gets another role shows by the event alone', async () => {
  const [ana, ben, eve] = await Promise.all([signUp('Ana'), signUp('Ben'), signUp('Eve')])
  const { id } = await groupOf([ana, ben])
  await ben.tertulia.chat.send(id, { content: 'I was here' })
  const hers = closing(ana.tertulia.chat.openConversation(id))
  await live(hers)
  await ana.tertulia.chat.addParticipants(id, [eve.id])
  await until(hers, ({ conversation }) => conversation?.participants.at(-1)?.displayName === 'Eve')
  await ana.tertulia.chat.setRole(id, eve.id, 'admin')
  await until(hers, ({ conversation }) => conversation?.participants.at(-1)?.role === 'admin')
  await ben.tertulia.chat.leave(id)
  // Who left is still named beside their messages.
  const { conversation } = await until(hers, (shown) => shown.conversation?.participants.length === 2)
  expect(conversation?.formerParticipants).toMatchObject([{ id: ben.id, displayName: 'Ben' }])
  const [{ conversation: listed } = {}] = (await eve.tertulia.chat.inbox()).items
  // Each has read something else.
  const deletedUnread: number[] = []
  expect({ ...listed, deletedUnread }).toEqual({ ...conversation, deletedUnread })
  await ana.tertulia.chat.addParticipants(id, [ben.id])
  await until(hers, (shown) => shown.conversation?.participants.at(-1)?.id === ben.id)
  expect(hers.getSnapshot().conversation?.formerParticipants).toEqual([])
})
