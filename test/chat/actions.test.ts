import postgres from 'postgres'
import { expect, inject, onTestFinished, test, vi } from 'vitest'
import { faultyFetch } from '../support/fetch.ts'
import { type Person, signInAgain, signUp } from '../support/people.ts'
import { withoutBroadcasts } from '../support/silence.ts'
import { closing, live, until } from '../support/watching.ts'

async function pair() {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  return { ana, ben, id }
}

async function say(person: Person, conversationId: string, count: number) {
  for (let n = 1; n <= count; n++) await person.tertulia.chat.send(conversationId, { content: `${n}` })
}

test('one edits, deletes and reacts without opening anything', async () => {
  const { ana, ben, id } = await pair()
  const { id: first } = await ana.tertulia.chat.send(id, { content: 'frist' })
  const { id: second } = await ana.tertulia.chat.send(id, { content: 'second' })
  expect(await ana.tertulia.chat.editMessage(first, 'first')).toMatchObject({
    id: first,
    content: 'first',
    editedAt: expect.any(Date),
  })
  await ben.tertulia.chat.react(first, '🎸')
  expect(await ana.tertulia.chat.react(first, '🎸')).toMatchObject({
    reactions: [{ emoji: '🎸', userIds: [ben.id, ana.id] }],
  })
  expect(await ben.tertulia.chat.react(first, '🎸', false)).toMatchObject({
    reactions: [{ emoji: '🎸', userIds: [ana.id] }],
  })
  expect(await ana.tertulia.chat.deleteMessage(second)).toMatchObject({ seq: 2, content: '' })
  const { items } = await ben.tertulia.chat.listMessages(id)
  expect(items.map(({ content, deletedAt }) => [content, deletedAt !== null])).toEqual([
    ['', true],
    ['first', false],
  ])
})

test('what one may not change stays, and the error says why', async () => {
  const { ana, ben, id } = await pair()
  const eve = await signUp('Eve')
  const { id: message } = await ana.tertulia.chat.send(id, { content: 'hers' })
  const { editMessage, deleteMessage, react, markRead } = ben.tertulia.chat
  await expect(editMessage(message, 'his')).rejects.toMatchObject({ code: 'forbidden' })
  await expect(deleteMessage(message)).rejects.toMatchObject({ code: 'forbidden' })
  await expect(react(message, 'words')).rejects.toMatchObject({ code: 'invalid_input', field: 'emoji' })
  await expect(editMessage('42', 'x')).rejects.toMatchObject({ code: 'invalid_input', field: 'messageId' })
  await expect(markRead(id, -1)).rejects.toMatchObject({ code: 'invalid_input', field: 'seq' })
  await expect(ana.tertulia.chat.editMessage(message, ' ')).rejects.toMatchObject({
    code: 'invalid_input',
    field: 'content',
  })
  const notFound = { code: 'message_not_found' }
  await expect(eve.tertulia.chat.react(message, '👀')).rejects.toMatchObject(notFound)
  await expect(eve.tertulia.chat.deleteMessage(message)).rejects.toMatchObject(notFound)
  await expect(eve.tertulia.chat.markRead(id)).rejects.toMatchObject({ code: 'conversation_not_found' })
  expect((await ana.tertulia.chat.listMessages(id)).items).toMatchObject([
    { content: 'hers', editedAt: null, deletedAt: null, reactions: [] },
  ])
})

test('what one changes in an open conversation shows with the answer, without any broadcast', async () => {
  const { ana, ben, id } = await pair()
  await say(ana, id, 2)
  const onOperation = vi.fn()
  const device = await signInAgain(ana, { onOperation })
  const conversation = closing(device.tertulia.chat.openConversation(id))
  const { messages } = await live(conversation)
  const [first, second] = messages.map((message) => message.id) as [string, string]
  onOperation.mockClear()
  await withoutBroadcasts(ana.id, async () => {
    await conversation.edit(first, 'edited')
    expect(conversation.getSnapshot().messages[0]).toMatchObject({ content: 'edited' })
    await conversation.react(second, '🎶')
    expect(conversation.getSnapshot().messages[1]?.reactions).toEqual([{ emoji: '🎶', userIds: [ana.id] }])
    await conversation.delete(second)
    expect(conversation.getSnapshot().messages[1]).toMatchObject({ content: '', reactions: [] })
  })
  expect(onOperation.mock.calls.map(([{ operation }]) => operation)).toEqual([
    'chat.editMessage',
    'chat.react',
    'chat.deleteMessage',
  ])
  // A message of another conversation has numbers of its own, which say nothing here.
  const eve = await signUp('Eve')
  const other = await ana.tertulia.chat.getDirect(eve.id)
  const { id: elsewhere } = await ana.tertulia.chat.send(other.id, { content: 'elsewhere' })
  await conversation.edit(elsewhere, 'edited from here')
  await ben.tertulia.chat.send(id, { content: '3' })
  const shown = await until(conversation, (snapshot) => snapshot.messages.length === 3)
  expect(shown.messages.map(({ content }) => content)).toEqual(['edited', '', '3'])
})

test('a deletion whose replies change as well shows them', async () => {
  const { ana, ben, id } = await pair()
  const { id: message } = await ana.tertulia.chat.send(id, { content: 'what it was' })
  await ben.tertulia.chat.send(id, { content: 'indeed', replyTo: message })
  const conversation = closing(ana.tertulia.chat.openConversation(id))
  await live(conversation)
  await conversation.delete(message)
  const shown = await until(conversation, ({ messages }) => messages[1]?.reply?.excerpt === '')
  expect(shown.messages[0]).toMatchObject({ content: '', deletedAt: expect.any(Date) })
})

test('reading moves one’s own mark forward, on every device, with one request at a time', async () => {
  const { ana, ben, id } = await pair()
  await say(ana, id, 5)
  const onOperation = vi.fn()
  const phone = await signInAgain(ben, { onOperation })
  const onPhone = closing(phone.tertulia.chat.openConversation(id))
  const atDesk = closing(ben.tertulia.chat.openConversation(id))
  await Promise.all([live(onPhone), live(atDesk)])
  expect(onPhone.getSnapshot()).toMatchObject({ lastReadSeq: 0, unread: 5 })
  onOperation.mockClear()
  await Promise.all([1, 2, 3, 2, 1].map((seq) => onPhone.markRead(seq)))
  expect(onPhone.getSnapshot()).toMatchObject({ lastReadSeq: 3, unread: 2 })
  expect(onOperation.mock.calls.length).toBeLessThanOrEqual(2)
  await until(atDesk, ({ lastReadSeq, unread }) => lastReadSeq === 3 && unread === 2)
  await onPhone.markRead()
  await until(atDesk, ({ unread }) => unread === 0)
  onOperation.mockClear()
  await onPhone.markRead(2)
  await onPhone.markRead()
  expect(onOperation).not.toHaveBeenCalled()
  await say(ana, id, 1)
  await until(onPhone, ({ unread }) => unread === 1)
  // Whoever says something has read what was there.
  await onPhone.send({ content: 'an answer' })
  await until(onPhone, ({ unread, lastReadSeq }) => unread === 0 && lastReadSeq === 7)
  expect(await ana.tertulia.chat.markRead(id, 1_000_000)).toEqual({ lastReadSeq: 7, unread: 0 })
})

test('a mark that failed is set when it is live again', async () => {
  const { ana, ben, id } = await pair()
  await say(ana, id, 3)
  let fails = true
  const fetch = faultyFetch((path) =>
    fails && path.endsWith('/mark_read') ? new Response('{}', { status: 503 }) : 'pass',
  )
  const device = await signInAgain(ben, { fetch })
  const conversation = closing(device.tertulia.chat.openConversation(id))
  await live(conversation)
  await expect(conversation.markRead()).rejects.toMatchObject({ code: 'unavailable' })
  expect(conversation.getSnapshot().unread).toBe(3)
  fails = false
  await device.supabase.realtime.disconnect()
  await until(conversation, ({ unread, status }) => unread === 0 && status === 'live')
})

test('a jump shows a message far back with what is around it, and pages lead back to the newest', async () => {
  const { ana, ben, id } = await pair()
  await say(ana, id, 120)
  const { items } = await ben.tertulia.chat.listMessages(id, { limit: 200 })
  const idOf = (seq: number) => items.find((one) => one.seq === seq)!.id
  const conversation = closing(ben.tertulia.chat.openConversation(id))
  await live(conversation)
  const seqs = () => conversation.getSnapshot().messages.map(({ seq }) => seq)
  const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)
  expect(seqs()).toEqual(range(71, 120))

  await conversation.jumpTo(idOf(30), { limit: 20 })
  expect(seqs()).toEqual(range(21, 40))
  expect(conversation.getSnapshot()).toMatchObject({ hasOlder: true, hasNewer: true, unread: 120 })
  // The newest of those that show, not of all.
  await conversation.markRead()
  expect(conversation.getSnapshot()).toMatchObject({ lastReadSeq: 40, unread: 80 })
  await ana.tertulia.chat.editMessage(idOf(25), 'edited meanwhile')
  await ana.tertulia.chat.send(id, { content: '121' })
  await until(conversation, ({ messages }) => messages[4]?.content === 'edited meanwhile')
  await conversation.loadOlder({ limit: 5 })
  expect(seqs()).toEqual(range(16, 40))
  await conversation.loadNewer({ limit: 20 })
  expect(seqs()).toEqual(range(16, 60))
  await conversation.loadNewer({ limit: 10 })
  expect(seqs()).toEqual(range(16, 121))
  expect(conversation.getSnapshot().hasNewer).toBe(false)
  expect(conversation.getSnapshot().messages[9]?.content).toBe('edited meanwhile')

  const again = closing(ben.tertulia.chat.openConversation(id))
  await live(again)
  await again.jumpTo(idOf(1))
  expect(again.getSnapshot()).toMatchObject({ hasOlder: false, hasNewer: true })
  again.jumpToNewest()
  expect(again.getSnapshot().messages.at(-1)?.seq).toBe(121)
  expect(again.getSnapshot().hasNewer).toBe(false)
  // What shows already needs no page, and what is near the newest makes one window with it.
  await again.jumpTo(idOf(60))
  expect(again.getSnapshot()).toMatchObject({ hasNewer: false })
  await expect(again.jumpTo(crypto.randomUUID())).rejects.toMatchObject({ code: 'message_not_found' })
  await expect(again.jumpTo('42')).rejects.toMatchObject({ code: 'invalid_input' })
})

test('a jump to what is not known here yet finds it', async () => {
  const { ana, ben, id } = await pair()
  await say(ana, id, 2)
  const conversation = closing(ben.tertulia.chat.openConversation(id))
  await live(conversation)
  await withoutBroadcasts(ben.id, async () => {
    const { id: unheard } = await ana.tertulia.chat.send(id, { content: 'unheard' })
    await conversation.jumpTo(unheard)
  })
  expect(conversation.getSnapshot().messages.at(-1)?.content).toBe('unheard')
})

test('what is missed is told in pairs', async () => {
  const { ana, ben, id } = await pair()
  const onGap = vi.fn()
  const device = await signInAgain(ben, { onGap })
  const conversation = closing(device.tertulia.chat.openConversation(id))
  await live(conversation)
  await say(ana, id, 2)
  await until(conversation, ({ messages }) => messages.length === 2)
  expect(onGap).not.toHaveBeenCalled()
  await withoutBroadcasts(ben.id, () => say(ana, id, 3))
  await say(ana, id, 1)
  await until(conversation, ({ messages, status }) => messages.length === 6 && status === 'live')
  expect(onGap.mock.calls.map(([report]) => report)).toEqual([
    { kind: 'detected', conversationId: id, from: 3, to: 5, count: 3 },
    { kind: 'repaired', conversationId: id, from: 3, to: 6, count: 4 },
  ])
  onGap.mockClear()
  // Away and back: what came meanwhile is found by asking.
  await withoutBroadcasts(ben.id, () => say(ana, id, 2))
  await device.supabase.realtime.disconnect()
  await until(conversation, ({ messages, status }) => messages.length === 8 && status === 'live')
  expect(onGap.mock.calls.map(([report]) => report)).toEqual([
    { kind: 'detected', conversationId: id, from: 7, to: 8, count: 2 },
    { kind: 'repaired', conversationId: id, from: 7, to: 8, count: 2 },
  ])
})

test('a closed conversation refuses, by name', async () => {
  const { ana, id } = await pair()
  const { id: message } = await ana.tertulia.chat.send(id, { content: 'x' })
  const conversation = ana.tertulia.chat.openConversation(id)
  await live(conversation)
  conversation.close()
  const closed = { code: 'closed' }
  await expect(conversation.edit(message, 'y')).rejects.toMatchObject(closed)
  await expect(conversation.delete(message)).rejects.toMatchObject(closed)
  await expect(conversation.react(message, '🎸')).rejects.toMatchObject(closed)
  await expect(conversation.markRead()).rejects.toMatchObject(closed)
  await expect(conversation.jumpTo(message)).rejects.toMatchObject(closed)
  await expect(conversation.loadNewer()).rejects.toMatchObject(closed)
  expect((await ana.tertulia.chat.listMessages(id)).items).toMatchObject([{ content: 'x', reactions: [] }])
})

test('a message is edited for a day and takes twenty emojis, and nothing of a deleted one stays', async () => {
  const { ana, ben, id } = await pair()
  const sql = postgres(inject('stack').dbUrl, { max: 1 })
  onTestFinished(() => sql.end())
  const message = await ana.tertulia.chat.send(id, { content: 'x' })
  const age = (interval: string) =>
    sql`update public.messages set created_at = now() - ${interval}::interval where id = ${message.id}`
  await age('23 hours 59 minutes')
  expect(await ana.tertulia.chat.editMessage(message.id, 'y')).toMatchObject({ content: 'y' })
  await age('24 hours 1 second')
  await expect(ana.tertulia.chat.editMessage(message.id, 'z')).rejects.toMatchObject({ code: 'too_late' })
  const emojis = Array.from({ length: 21 }, (_, i) => String.fromCodePoint(0x1f3b0 + i))
  for (const emoji of emojis.slice(0, 20)) await ana.tertulia.chat.react(message.id, emoji, true)
  await expect(ben.tertulia.chat.react(message.id, emojis[20]!, true)).rejects.toMatchObject({
    code: 'too_many_reactions',
  })
  await ben.tertulia.chat.react(message.id, emojis[0]!, true)
  await ana.tertulia.chat.deleteMessage(message.id)
  expect(await sql`select from public.message_reactions where message_id = ${message.id}`).toHaveLength(0)
  expect((await ben.tertulia.chat.listMessages(id)).items[0]).toMatchObject({ content: '', reactions: [] })
})
