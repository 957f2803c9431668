import type { ConversationSnapshot } from 'tertulia'
import { expect, test } from 'vitest'
import {
  closingInbox,
  createHeldClock,
  expectDatabase,
  liveInbox,
  untilInbox,
} from '../support/live-inbox.ts'
import { connectAsService, type Person, signInAgain, signUp } from '../support/people.ts'
import { withoutBroadcasts } from '../support/silence.ts'
import { closing, live, until } from '../support/watching.ts'

async function trio() {
  const [ana, ben, eve] = (await Promise.all(['Ana', 'Ben', 'Eve'].map((name) => signUp(name)))) as [
    Person,
    Person,
    Person,
  ]
  const { id } = await ana.tertulia.chat.createGroup({ memberIds: [ben.id, eve.id] })
  const say = (person: Person, content: string, extras: object = {}) =>
    person.tertulia.chat.send(id, { content, ...extras })
  return { ana, ben, eve, id, say }
}

test('unread mentions follow sends, edits, deletions, reads and lost events, live and in the list', async () => {
  const { ana, ben, eve, id, say } = await trio()
  const clock = createHeldClock()
  const device = await signInAgain(ben, { clock })
  const inbox = closingInbox(device.tertulia.chat.watchInbox())
  const open = closing(device.tertulia.chat.openConversation(id))
  await Promise.all([liveInbox(inbox), live(open)])
  const shows = async (...seqs: number[]) => {
    await untilInbox(inbox, ({ items }) => items[0]?.conversation.mentionedUnread.join() === seqs.join())
    await until(open, ({ conversation }) => conversation?.mentionedUnread.join() === seqs.join())
    const [item] = (await ben.tertulia.chat.inbox()).items
    expect(item).toMatchObject({ unreadMentions: seqs.length, conversation: { mentionedUnread: seqs } })
    expect(inbox.getSnapshot().items[0]?.unreadMentions).toBe(seqs.length)
  }
  const to = { mentions: [ben.id] }
  const one = await say(ana, 'one', to)
  const two = await say(eve, 'two', { mentions: [ana.id] })
  const three = await say(ana, 'three', { mentions: [eve.id, ben.id] })
  await shows(2, 4)
  await eve.tertulia.chat.editMessage(two.id, to)
  await shows(2, 3, 4)
  await ana.tertulia.chat.editMessage(three.id, { mentions: [eve.id] })
  await shows(2, 3)
  await ana.tertulia.chat.editMessage(one.id, 'one, edited')
  await shows(2, 3)
  await ana.tertulia.chat.deleteMessage(one.id)
  await shows(3)
  await withoutBroadcasts(ben.id, () => ana.tertulia.chat.editMessage(three.id, to))
  clock.check()
  await shows(3, 4)
  await open.markRead(3)
  await shows(4)
  // A message that the user read or wrote does not count, whatever becomes of it.
  await eve.tertulia.chat.editMessage(two.id, { mentions: [] })
  await eve.tertulia.chat.editMessage(two.id, to)
  await say(ben, 'four', to)
  await shows()
  await say(eve, 'five', to)
  await shows(6)
  await expectDatabase(inbox, ben)
  await connectAsService().auth.admin.deleteUser(eve.id)
  await shows()
  await say(ana, 'six', to)
  await ben.tertulia.chat.clearHistory(id)
  await shows()
})

test('owners and admins pin in a group, both in a direct conversation, all see it at once, and deleting unpins', async () => {
  const { ana, ben, eve, id, say } = await trio()
  const messages = [await say(ana, 'one '.repeat(60)), await say(ben, 'two')]
  // The words that a reply shows stay as they are.
  messages.push(await say(eve, 'three', { replyTo: messages[0]!.id }))
  const device = await signInAgain(ben)
  const inbox = closingInbox(device.tertulia.chat.watchInbox())
  const open = closing(device.tertulia.chat.openConversation(id))
  await Promise.all([liveInbox(inbox), live(open)])
  const at = (n: number) => messages[n - 1]!.id
  const shows = async (...seqs: number[]) => {
    const wanted = [...seqs].sort().join()
    await until(
      open,
      ({ conversation, messages: shown }: ConversationSnapshot) =>
        conversation?.pinnedSeqs.join() === wanted &&
        shown
          .filter(({ pinnedAt }) => pinnedAt)
          .map(({ seq }) => seq)
          .join() === wanted,
    )
    await untilInbox(inbox, ({ items }) => items[0]?.conversation.pinnedSeqs.join() === wanted)
    // The one that was pinned last comes first.
    expect((await eve.tertulia.chat.listPinned(id)).map(({ seq }) => seq)).toEqual(seqs)
  }
  expect((await ana.tertulia.chat.pinMessage(at(2))).pinnedAt).toBeInstanceOf(Date)
  await ana.tertulia.chat.pinMessage(at(2))
  await ana.tertulia.chat.pinMessage(at(1))
  await shows(2, 3)
  await expectDatabase(inbox, ben)
  for (const pinned of [true, false])
    await expect(ben.tertulia.chat.pinMessage(at(3), pinned)).rejects.toMatchObject({ code: 'forbidden' })
  await ana.tertulia.chat.setRole(id, eve.id, 'admin')
  await eve.tertulia.chat.pinMessage(at(3))
  await ana.tertulia.chat.react(at(3), '🎻')
  await ana.tertulia.chat.editMessage(at(1), 'one, edited')
  await shows(4, 2, 3)
  await ben.tertulia.chat.deleteMessage(at(2))
  await expect(ana.tertulia.chat.pinMessage(at(2))).rejects.toMatchObject({ code: 'message_not_found' })
  await ana.tertulia.chat.pinMessage(at(1), false)
  await shows(4)
  await expectDatabase(inbox, ben)
  // A pin is no message: nothing is unread by it, and it has no mark of an edit.
  expect(open.getSnapshot().messages.at(-1)?.editedAt).toBeNull()
  await connectAsService().auth.admin.deleteUser(eve.id)
  await until(open, ({ conversation }) => conversation?.pinnedSeqs.length === 0)
  expect(await ana.tertulia.chat.listPinned(id)).toEqual([])
  // Who cleared the history sees no pin in it.
  await ana.tertulia.chat.pinMessage(at(1))
  await ben.tertulia.chat.clearHistory(id, 2)
  await until(open, ({ conversation }) => conversation?.pinnedSeqs.length === 0)
  expect(await ben.tertulia.chat.listPinned(id)).toEqual([])
  await expectDatabase(inbox, ben)

  const direct = await ana.tertulia.chat.getDirect(ben.id)
  const { id: hello } = await ana.tertulia.chat.send(direct.id, { content: 'hello' })
  expect((await ben.tertulia.chat.pinMessage(hello)).pinnedAt).not.toBeNull()
  await ana.tertulia.chat.block(ben.id)
  await ben.tertulia.chat.pinMessage(hello, false)
  await expect(ben.tertulia.chat.pinMessage(hello)).rejects.toMatchObject({ code: 'blocked' })
})

test('a conversation has at most 50 pins, also of two who pin at once', async () => {
  const { ana, id } = await trio()
  const sent = await Promise.all(
    Array.from({ length: 52 }, (_, n) => ana.tertulia.chat.send(id, { content: `${n}` })),
  )
  for (const { id } of sent.slice(0, 49)) await ana.tertulia.chat.pinMessage(id)
  const outcomes = await Promise.allSettled(sent.slice(49).map(({ id }) => ana.tertulia.chat.pinMessage(id)))
  const refused = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
  expect(refused.map(({ code }) => code)).toEqual(['too_many_pins', 'too_many_pins'])
  expect(await ana.tertulia.chat.listPinned(id)).toHaveLength(50)
})

test('replies are listed under their message page by page, without the deleted and for those who see the message', async () => {
  const { ana, ben, eve, id, say } = await trio()
  const root = await say(ana, 'root')
  const replies = []
  for (let n = 1; n <= 7; n++) {
    await say(eve, 'between')
    replies.push(await say(n % 2 ? ben : ana, `reply ${n}`, { replyTo: root.id }))
  }
  const nested = await say(eve, 'nested', { replyTo: replies[0]!.id })
  await ana.tertulia.chat.deleteMessage(replies[3]!.id)
  const contents = async (person: Person, message: string, limit = 50) => {
    const all: string[] = []
    for await (const { content } of person.tertulia.chat.listReplies(message, { limit })) all.push(content)
    return all
  }
  const left = [1, 2, 3, 5, 6, 7].map((n) => `reply ${n}`)
  expect(await contents(eve, root.id, 2)).toEqual(left)
  expect(await contents(eve, root.id, 3)).toEqual(left)
  expect(await contents(eve, replies[0]!.id)).toEqual(['nested'])
  expect(await contents(eve, nested.id)).toEqual([])
  const { items, nextCursor } = await eve.tertulia.chat.listReplies(root.id, { limit: 2 })
  expect(items[0]?.reply).toMatchObject({ id: root.id, excerpt: 'root' })
  // What comes meanwhile moves no page.
  await ben.tertulia.chat.deleteMessage(replies[0]!.id)
  await say(ana, 'reply 8', { replyTo: root.id })
  const { items: next } = await eve.tertulia.chat.listReplies(root.id, { limit: 2, cursor: nextCursor })
  expect(next.map(({ content }) => content)).toEqual(['reply 3', 'reply 5'])
  await expect(eve.tertulia.chat.listReplies(nested.id, { cursor: nextCursor })).rejects.toMatchObject({
    code: 'invalid_cursor',
  })
  await ana.tertulia.chat.deleteMessage(root.id)
  expect(await contents(eve, root.id)).toHaveLength(6)
  await eve.tertulia.chat.clearHistory(id, root.seq)
  await expect(eve.tertulia.chat.listReplies(root.id)).rejects.toMatchObject({ code: 'message_not_found' })
  await ana.tertulia.chat.removeParticipant(id, ben.id)
  await expect(ben.tertulia.chat.listReplies(root.id)).rejects.toMatchObject({ code: 'message_not_found' })
})
