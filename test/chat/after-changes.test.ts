import type { InboxSnapshot } from 'tertulia'
import { expect, test } from 'vitest'
import { closingInbox, createHeldClock, liveInbox, untilInbox } from '../support/live-inbox.ts'
import { connectAsService, type Person, signInAgain, signUp } from '../support/people.ts'
import { openProxy } from '../support/proxy.ts'
import { withoutBroadcasts } from '../support/silence.ts'
import { closing, live, until } from '../support/watching.ts'

// Cases that public bug reports of chat products name: a user left, was muted, deleted a message or was offline.

async function group() {
  const [ana, ben, eve] = (await Promise.all(['Ana', 'Ben', 'Eve'].map((name) => signUp(name)))) as [
    Person,
    Person,
    Person,
  ]
  const { id } = await ana.tertulia.chat.createGroup({ memberIds: [ben.id, eve.id] })
  const say = async (person: Person, content: string) => (await person.tertulia.chat.send(id, { content })).id
  return { ana, ben, eve, id, say }
}

test('unread messages of a group go from the badge with a removal, and those before a return do not come back', async () => {
  const { ana, ben, id, say } = await group()
  const inbox = closingInbox(ben.tertulia.chat.watchInbox())
  await liveInbox(inbox)
  for (const text of ['one', 'two', 'three']) await say(ana, text)
  await untilInbox(inbox, ({ unread }) => unread === 3)
  await ana.tertulia.chat.removeParticipant(id, ben.id)
  await untilInbox(inbox, ({ unread, items }) => unread === 0 && items.length === 0)
  await say(ana, 'unheard')
  await ana.tertulia.chat.addParticipants(id, [ben.id])
  await untilInbox(inbox, ({ unread, items }) => unread === 0 && items.length === 1)
  const last = await say(ana, 'heard')
  await untilInbox(inbox, ({ unread }) => unread === 1)
  const fresh = closing(ben.tertulia.chat.openConversation(id))
  expect((await live(fresh)).unread).toBe(1)
  await ana.tertulia.chat.deleteMessage(last)
  await untilInbox(inbox, ({ unread }) => unread === 0)
})

test('a muted or archived conversation is out of the badge at once and at a cold start, and counts again afterwards', async () => {
  const { ana, ben, id, say } = await group()
  const inbox = closingInbox(ben.tertulia.chat.watchInbox())
  await liveInbox(inbox)
  const shows = async (badge: number, own: number) => {
    const right = ({ unread, items, archived }: InboxSnapshot) =>
      unread === badge && [...items, ...archived][0]?.unread === own
    await untilInbox(inbox, right)
    const cold = (await signInAgain(ben)).tertulia.chat.watchInbox()
    await untilInbox(closingInbox(cold), right)
  }
  await ben.tertulia.chat.setFlags(id, { muted: true })
  await say(ana, 'one')
  await shows(0, 1)
  await say(ana, 'two')
  await ben.tertulia.chat.setFlags(id, { muted: false })
  await shows(2, 2)
  await ben.tertulia.chat.setFlags(id, { archived: true })
  await say(ana, 'three')
  await shows(0, 3)
  await ben.tertulia.chat.setFlags(id, { archived: false })
  await ben.tertulia.chat.markRead(id, 3)
  await shows(1, 1)
})

test('the newest message of an inbox loses its words, and those that it quotes, also after a lost event', async () => {
  const { ana, ben, id, say } = await group()
  const clock = createHeldClock()
  const inbox = closingInbox((await signInAgain(ben, { clock })).tertulia.chat.watchInbox())
  await liveInbox(inbox)
  const quoted = await say(ana, 'a secret')
  const reply = (await ben.tertulia.chat.send(id, { content: 'I saw it', replyTo: quoted })).id
  await untilInbox(inbox, ({ items }) => items[0]?.lastMessage?.reply?.excerpt === 'a secret')
  await ana.tertulia.chat.deleteMessage(quoted)
  await untilInbox(inbox, ({ items }) => items[0]?.lastMessage?.reply?.excerpt === '')
  const next = (await ben.tertulia.chat.send(id, { content: 'again', replyTo: reply })).id
  await untilInbox(inbox, ({ items }) => items[0]?.lastMessage?.id === next)
  await withoutBroadcasts(ben.id, () => ben.tertulia.chat.deleteMessage(reply))
  clock.check()
  await untilInbox(inbox, ({ items }) => items[0]?.lastMessage?.reply?.excerpt === '')
  await ben.tertulia.chat.deleteMessage(next)
  const { items } = await untilInbox(inbox, ({ items }) => items[0]?.lastMessage?.content === '')
  expect(items[0]?.lastMessage).toMatchObject({ id: next, reply: null })
})

test('a reply that was written without a network arrives though its message was deleted, and quotes nothing', async () => {
  const { ana, ben, id, say } = await group()
  const proxy = await openProxy()
  const device = await signInAgain(ben, { apiUrl: proxy.apiUrl })
  const conversation = closing(device.tertulia.chat.openConversation(id))
  const quoted = await say(ana, 'a secret')
  await until(conversation, ({ messages }) => messages.length === 2)
  proxy.block()
  const { id: reply } = await conversation.send({ content: 'I saw it', replyTo: quoted })
  await ana.tertulia.chat.deleteMessage(quoted)
  proxy.restore()
  const { messages } = await until(
    conversation,
    (now) => now.messages.some((one) => one.id === reply) && now.pending.length === 0,
  )
  expect(messages.at(-1)?.reply).toMatchObject({ id: quoted, excerpt: '' })
})

test('reactions of users who left or deleted their account stay counted, in open conversations and in new ones', async () => {
  const { ana, ben, eve, id, say } = await group()
  const message = await say(ana, 'sing?')
  const conversation = closing(ana.tertulia.chat.openConversation(id))
  await live(conversation)
  await ben.tertulia.chat.react(message, '🎸')
  await eve.tertulia.chat.react(message, '🎸')
  await ben.tertulia.chat.leave(id)
  const by = (userIds: string[]) => [{ emoji: '🎸', userIds }]
  const { messages } = await until(conversation, (now) => now.conversation?.participants.length === 2)
  expect(messages[1]?.reactions).toEqual(by([ben.id, eve.id]))
  await connectAsService().auth.admin.deleteUser(eve.id)
  await until(conversation, (now) => now.conversation?.participants.length === 1)
  const fresh = await live(closing(ana.tertulia.chat.openConversation(id)))
  for (const { messages } of [conversation.getSnapshot(), fresh])
    expect(messages[1]?.reactions).toEqual(by([ben.id, eve.id]))
  await expect(ben.tertulia.chat.react(message, '🎸', false)).rejects.toMatchObject({
    code: 'message_not_found',
  })
})

test('a user who is removed while typing types no longer, nor one who closed the conversation', async () => {
  const { ana, ben, eve, id } = await group()
  const shown = closing(ana.tertulia.chat.openConversation(id))
  const [bens, eves] = [ben, eve].map((one) => closing(one.tertulia.chat.openConversation(id)))
  await until(shown, ({ present }) => present.includes(ben.id) && present.includes(eve.id))
  bens?.setTyping(true)
  eves?.setTyping(true)
  await until(shown, ({ typing }) => typing.length === 2)
  await ana.tertulia.chat.removeParticipant(id, ben.id)
  await until(shown, ({ typing }) => !typing.includes(ben.id))
  eves?.close()
  await until(shown, ({ typing, present }) => typing.length === 0 && present.length === 0)
})

test('a client whose connection dies without a farewell is present no longer', async () => {
  const { ana, ben, id } = await group()
  const proxy = await openProxy()
  const shown = closing(ana.tertulia.chat.openConversation(id))
  const device = await signInAgain(ben, { apiUrl: proxy.apiUrl })
  closing(device.tertulia.chat.openConversation(id))
  await until(shown, ({ present }) => present.includes(ben.id))
  proxy.block()
  await until(shown, ({ present }) => present.length === 0)
})

test('the order is the database’s on devices whose clocks are decades off, before and after sending', async () => {
  const { ana, ben, id, say } = await group()
  const off = (ms: number) => ({ ...createHeldClock(), now: () => Date.now() + ms })
  const proxy = await openProxy()
  const past = await signInAgain(ben, { apiUrl: proxy.apiUrl, clock: off(-40 * 365 * 86_400_000) })
  const future = await signInAgain(ana, { clock: off(40 * 365 * 86_400_000) })
  const [behind, ahead] = [past, future].map((one) => closing(one.tertulia.chat.openConversation(id)))
  await Promise.all([live(behind!), live(ahead!)])
  await ahead?.send({ content: 'from the future' })
  await until(ahead!, ({ pending }) => pending.length === 0)
  proxy.block()
  for (const content of ['a', 'b', 'c']) await behind?.send({ content })
  expect(behind?.getSnapshot().pending.map(({ content }) => content)).toEqual(['a', 'b', 'c'])
  await say(ana, 'meanwhile')
  proxy.restore()
  const texts = ['from the future', 'meanwhile', 'a', 'b', 'c']
  for (const one of [behind!, ahead!]) {
    const all = await until(one, (now) => now.messages.length === 6 && now.pending.length === 0)
    const messages = all.messages.filter(({ system }) => !system)
    expect(messages.map(({ content }) => content)).toEqual(texts)
    const times = messages.map(({ createdAt }) => +createdAt)
    expect(times).toEqual([...times].sort((a, b) => a - b))
    expect(Math.abs(times[0]! - Date.now())).toBeLessThan(86_400_000)
  }
})

test('what is sent and received far back in the history leaves no gap and no copy', async () => {
  const { ana, ben, id, say } = await group()
  for (let n = 0; n < 25; n++) await say(ana, `${n}`)
  const conversation = closing(ben.tertulia.chat.openConversation(id))
  await until(conversation, ({ messages }) => messages.length === 26)
  for (let n = 25; n < 60; n++) await say(n % 2 ? ana : ben, `${n}`)
  const fresh = closing(ben.tertulia.chat.openConversation(id))
  await live(fresh)
  const first = conversation.getSnapshot().messages[2]!
  await fresh.jumpTo(first.id, { limit: 3 })
  const { id: mine } = await fresh.send({ content: 'from far back' })
  await say(ana, 'after it')
  await until(fresh, ({ pending }) => pending.length === 0)
  const far = fresh.getSnapshot()
  expect(far.hasNewer).toBe(true)
  expect(far.messages.map(({ seq }) => seq)).toEqual([2, 3, 4])
  fresh.jumpToNewest()
  // The message from far back waits in the outbox and may come after the other one.
  const near = await until(fresh, ({ messages }) =>
    ['after it', 'from far back'].every((text) => messages.some(({ content }) => content === text)),
  )
  expect(near.messages.filter((one) => one.id === mine)).toHaveLength(1)
  while (fresh.getSnapshot().hasOlder) await fresh.loadOlder({ limit: 20 })
  const seqs = fresh.getSnapshot().messages.map(({ seq }) => seq)
  expect(seqs).toEqual(Array.from({ length: 63 }, (_, n) => n + 1))
})

test('an edit without a network is refused, and neither shows nor happens later', async () => {
  const { ana, say, ...talk } = await group()
  const proxy = await openProxy()
  const device = await signInAgain(ana, { apiUrl: proxy.apiUrl })
  const conversation = closing(device.tertulia.chat.openConversation(talk.id))
  const message = await say(ana, 'as it was')
  await until(conversation, ({ messages }) => messages.length === 2)
  proxy.block()
  for (const change of [
    () => conversation.edit(message, 'a ghost'),
    () => conversation.react(message, '👻'),
    () => conversation.delete(message),
  ]) {
    await expect(change()).rejects.toMatchObject({ code: 'unreachable', retryable: true })
  }
  expect(conversation.getSnapshot().messages[1]).toMatchObject({ content: 'as it was', reactions: [] })
  proxy.restore()
  await live(conversation)
  await say(ana, 'next')
  const { messages } = await until(conversation, (now) => now.messages.length === 3)
  expect(messages[1]).toMatchObject({ content: 'as it was', editedAt: null, deletedAt: null, reactions: [] })
})

test('a deleted message is in no push; an edited one is found by its new words alone', async () => {
  const { ana, ben, say } = await group()
  const service = connectAsService()
  const gone = await say(ana, 'gone before the push')
  const word = `before${crypto.randomUUID().slice(0, 8)}`
  const kept = await say(ana, word)
  await ana.tertulia.chat.deleteMessage(gone)
  await ana.tertulia.chat.editMessage(kept, word.replace('before', 'after'))
  let text = ''
  for (let after = 0, next = -1; next !== after; ) {
    if (next >= 0) after = next
    const { data } = await service.rpc('list_undelivered', { after_id: after, page_size: 1000 })
    text += JSON.stringify(data)
    next = (data as { next_id: number }).next_id
  }
  expect(text).toContain(kept)
  expect(text).not.toContain(gone)
  expect((await ben.tertulia.chat.searchMessages(word)).items).toEqual([])
  expect((await ben.tertulia.chat.searchMessages(word.replace('before', 'after'))).items).toHaveLength(1)
})
