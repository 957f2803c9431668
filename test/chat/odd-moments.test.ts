import postgres from 'postgres'
import { expect, inject, onTestFinished, test } from 'vitest'
import { closingInbox, createHeldClock, liveInbox, untilInbox } from '../support/live-inbox.ts'
import { type Person, signInAgain, signUp } from '../support/people.ts'
import { openProxy } from '../support/proxy.ts'
import { closing, live, until } from '../support/watching.ts'

// Moments that tests of one thing alone do not meet: two actions at once, a list in the middle of a change, ids and texts that few type.

async function group() {
  const [ana, ben] = (await Promise.all(['Ana', 'Ben'].map((name) => signUp(name)))) as [Person, Person]
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  const say = async (person: Person, content: string) => (await person.tertulia.chat.send(id, { content })).id
  return { ana, ben, id, say }
}

function database() {
  const sql = postgres(inject('stack').dbUrl, { max: 1, onnotice: () => {} })
  onTestFinished(() => sql.end())
  return sql
}

test('a handle that is opened, closed and opened in one moment, as React does twice, shows and sends once', async () => {
  const { ana, ben, id, say } = await group()
  const { chat } = ben.tertulia
  chat.openConversation(id).close()
  const first = chat.openConversation(id)
  const sending = first.send({ content: 'mine' }).catch(() => null)
  const second = closing(chat.openConversation(id))
  chat.watchInbox().close()
  const inbox = closingInbox(chat.watchInbox())
  await sending
  first.close()
  await Promise.all([live(second), liveInbox(inbox)])
  await say(ana, 'hers')
  const { messages } = await until(second, (now) => now.messages.length === 2 && now.pending.length === 0)
  expect(messages.map(({ content }) => content)).toEqual(['mine', 'hers'])
  await untilInbox(inbox, ({ unread }) => unread === 1)
  const topics = ben.supabase.getChannels().map(({ subTopic }) => subTopic)
  expect(new Set(topics).size).toBe(topics.length)
})

test('messages of one and the same instant keep their order on every page', async () => {
  const { ana, ben, id, say } = await group()
  for (let n = 0; n < 12; n++) await say(n % 3 ? ana : ben, `${n}`)
  const sql = database()
  await sql`update public.messages set created_at = '2026-01-01 10:00Z' where conversation_id = ${id}`
  const conversation = closing(ben.tertulia.chat.openConversation(id))
  await live(conversation)
  const wanted = Array.from({ length: 12 }, (_, n) => `${n}`)
  expect(conversation.getSnapshot().messages.map(({ content }) => content)).toEqual(wanted)
  const listed = []
  for await (const one of ben.tertulia.chat.listMessages(id, { limit: 5 })) listed.push(one.content)
  expect(listed.reverse()).toEqual(wanted)
})

test('what is read without a network leaves the badge when it is back, on every device, and stays out', async () => {
  const { ana, ben, id, say } = await group()
  const proxy = await openProxy()
  const device = await signInAgain(ben, { apiUrl: proxy.apiUrl })
  const inbox = closingInbox(device.tertulia.chat.watchInbox())
  const other = closingInbox(ben.tertulia.chat.watchInbox())
  const conversation = closing(device.tertulia.chat.openConversation(id))
  await Promise.all([live(conversation), liveInbox(inbox), liveInbox(other)])
  await say(ana, 'one')
  await say(ana, 'two')
  for (const one of [inbox, other]) await untilInbox(one, ({ unread }) => unread === 2)
  await until(conversation, ({ messages }) => messages.length === 2)
  proxy.block()
  await conversation.markRead().catch(() => {})
  proxy.restore()
  for (const one of [inbox, other]) await untilInbox(one, ({ unread }) => unread === 0)
  await say(ana, 'three')
  for (const one of [inbox, other]) await untilInbox(one, ({ unread }) => unread === 1)
})

test('a reply to a message that is unsent itself goes after it and quotes it', async () => {
  const { ana, ben, id } = await group()
  const proxy = await openProxy()
  const device = await signInAgain(ben, { apiUrl: proxy.apiUrl })
  const conversation = closing(device.tertulia.chat.openConversation(id))
  await live(conversation)
  proxy.block()
  const { id: first } = await conversation.send({ content: 'first' })
  await conversation.send({ content: 'second', replyTo: first })
  proxy.restore()
  const shown = closing(ana.tertulia.chat.openConversation(id))
  const { messages } = await until(shown, (now) => now.messages.length === 2)
  expect(messages[1]?.reply).toMatchObject({ id: first, excerpt: 'first' })
})

test('with nothing open a message that no longer can go does not hold up another conversation', async () => {
  const { ana, ben, id } = await group()
  const { id: left } = await ana.tertulia.chat.createGroup({ memberIds: [ben.id] })
  const proxy = await openProxy()
  const { chat } = (await signInAgain(ben, { apiUrl: proxy.apiUrl })).tertulia
  const [gone, open] = [left, id].map((one) => closing(chat.openConversation(one)))
  await Promise.all([live(gone!), live(open!)])
  proxy.block()
  await gone?.send({ content: 'to nobody' })
  await open?.send({ content: 'to Ana' })
  gone?.close()
  open?.close()
  await ben.tertulia.chat.leave(left)
  proxy.restore()
  const shown = closing(ana.tertulia.chat.openConversation(id))
  await until(shown, ({ messages }) => messages[0]?.content === 'to Ana')
  await expect
    .poll(async () => (await chat.listUnsent()).map(({ failure }) => failure?.code))
    .toEqual(['conversation_not_found'])
  expect(await chat.discardUnsent({ conversationId: left.toUpperCase() })).toBe(1)
  expect(await chat.listUnsent()).toEqual([])
})

test('two handles that mark in their listeners leave the highest mark, and others see it', async () => {
  const { ana, ben, id, say } = await group()
  const shown = closing(ana.tertulia.chat.openConversation(id))
  await live(shown)
  for (let n = 0; n < 2; n++) {
    const handle = closing(ben.tertulia.chat.openConversation(id))
    handle.subscribe(() => void handle.markRead().catch(() => {}))
  }
  for (let n = 0; n < 6; n++) await say(ana, `${n}`)
  const seat = (userId: string) => (one: { id: string }) => one.id === userId
  await until(shown, (now) => now.conversation?.participants.find(seat(ben.id))?.lastReadSeq === 6)
  // An event may come a moment before other connections see its transaction.
  await expect
    .poll(async () => (await ben.tertulia.chat.inbox()).items[0])
    .toMatchObject({ lastReadSeq: 6, unread: 0 })
})

test('a receipt that a block held back shows after the block with the next mark, without an event too', async () => {
  const [ana, ben] = (await Promise.all(['Ana', 'Ben'].map((name) => signUp(name)))) as [Person, Person]
  const clock = createHeldClock()
  const device = await signInAgain(ana, { clock })
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  for (const content of ['one', 'two']) await ana.tertulia.chat.send(id, { content })
  await ben.tertulia.chat.block(ana.id)
  await ben.tertulia.chat.markRead(id, 1)
  const shown = closing(device.tertulia.chat.openConversation(id))
  const read = () =>
    shown.getSnapshot().conversation?.participants.find((one) => one.id === ben.id)?.lastReadSeq
  await live(shown)
  expect(read()).toBe(0)
  await ben.tertulia.chat.unblock(ana.id)
  await ben.tertulia.chat.markRead(id, 2)
  clock.check()
  await until(shown, () => read() === 2)
})

test('a reaction that follows a deletion in haste is refused, and the message stays empty', async () => {
  const { ana, id, say } = await group()
  const message = await say(ana, 'short-lived')
  const conversation = closing(ana.tertulia.chat.openConversation(id))
  await live(conversation)
  const [deleted, reacted, edited] = await Promise.allSettled([
    conversation.delete(message),
    conversation.react(message, '🎸'),
    ana.tertulia.chat.editMessage(message, 'back'),
  ])
  expect(deleted.status).toBe('fulfilled')
  for (const one of [reacted, edited])
    expect(one).toMatchObject({ status: 'rejected', reason: { code: 'message_not_found' } })
  expect(conversation.getSnapshot().messages[0]).toMatchObject({ content: '', reactions: [] })
})

test('ids in capitals inside a message, and a heart written in two ways, are what they mean', async () => {
  const { ana, ben, id, say } = await group()
  const quoted = await say(ana, 'שלום، مرحبا \u200fعالم 👩‍👩‍👧‍👦')
  const reply = await ben.tertulia.chat.send(id, {
    content: 'hi',
    replyTo: quoted.toUpperCase(),
    mentions: [ana.id.toUpperCase()],
  })
  expect(reply).toMatchObject({
    mentions: [ana.id],
    reply: { id: quoted, excerpt: 'שלום، مرحبا \u200fعالم 👩‍👩‍👧‍👦' },
  })
  await ben.tertulia.chat.react(quoted, '❤')
  const { reactions } = await ben.tertulia.chat.react(quoted.toUpperCase(), '❤️', false)
  expect(reactions).toEqual([])
  for (const content of ['\u3164', '\u2800\u200b', '\ufeff \u00ad'])
    await expect(ben.tertulia.chat.send(id, { content })).rejects.toMatchObject({
      code: 'invalid_input',
      field: 'content',
    })
})

test('sixty people who join at once, and a new name among them, cost each at most 2 KiB', async () => {
  const { ana, ben } = await group()
  const { id } = await ana.tertulia.chat.createGroup({ memberIds: [ben.id] })
  const sql = database()
  const people = Array.from({ length: 60 }, () => crypto.randomUUID())
  await sql`insert into auth.users (id, email) select id, id || '@example.com' from unnest(${people}::uuid[]) as id`
  const conversation = closing(ana.tertulia.chat.openConversation(id))
  await live(conversation)
  await ana.tertulia.chat.addParticipants(id, people)
  await until(conversation, (now) => now.conversation?.participants.length === 62)
  await sql`update public.profiles set display_name = ${'é'.repeat(80)} where id = ${people[7]!}`
  await until(conversation, (now) =>
    Boolean(now.conversation?.participants.some(({ displayName }) => displayName.startsWith('éé'))),
  )
  const [{ most }] = await sql<[{ most: number }]>`
    select max(octet_length(payload::text)) as most from realtime.messages where topic = ${`user:${ana.id}`}`
  expect(most).toBeLessThanOrEqual(2_048)
})

test('a file with an odd type and name goes and comes; with its message it closes to the others', async () => {
  const { ana, ben, id } = await group()
  const file = new Blob(['words'], { type: ' Text/PLAIN ; charset="UTF-8"' })
  const name = '"canción" 🎸;\n(2).txt'
  const attachment = await ana.tertulia.chat.uploadAttachment(id, file, { name })
  const sent = await ana.tertulia.chat.send(id, { content: '', attachments: [attachment] })
  expect(sent.attachments).toMatchObject([{ name: '"canción" 🎸; (2).txt', mimeType: 'text/plain', size: 5 }])
  // One that would turn around says its real end; one that shows nothing is refused.
  const names = ['photo_\u202egpj.exe', `${'ñ'.repeat(400)}.pdf`]
  for (const name of names) {
    const odd = { path: (await ana.tertulia.chat.uploadAttachment(id, file, { name: 'x.txt' })).path, name }
    const { attachments } = await ana.tertulia.chat.send(id, { content: '', attachments: [odd] })
    expect(attachments[0]?.name).toBe(['photo_gpj.exe', 'ñ'.repeat(255)][names.indexOf(name)])
  }
  const nameless = [{ path: (await ana.tertulia.chat.uploadAttachment(id, file)).path, name: '\u2060\t' }]
  await expect(ana.tertulia.chat.send(id, { content: '', attachments: nameless })).rejects.toMatchObject({
    code: 'invalid_input',
    field: 'attachments',
  })
  const { path } = attachment
  const answer = await fetch(await ben.tertulia.chat.attachmentUrl(path, { download: 'a "b" ñ🎸.txt' }))
  expect(await answer.text()).toBe('words')
  expect(decodeURIComponent(answer.headers.get('content-disposition') ?? '')).toContain('ñ🎸.txt')
  await ana.tertulia.chat.deleteMessage(sent.id)
  const hidden = { code: 'attachment_not_found' }
  await expect(ben.tertulia.chat.attachmentUrl(path)).rejects.toMatchObject(hidden)
})
