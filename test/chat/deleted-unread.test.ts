import postgres from 'postgres'
import type { InboxSnapshot } from 'tertulia'
import { expect, inject, onTestFinished, test } from 'vitest'
import { closingInbox, createHeldClock, liveInbox, untilInbox } from '../support/live-inbox.ts'
import { connectAsService, type Person, signInAgain, signUp } from '../support/people.ts'
import { withoutBroadcasts } from '../support/silence.ts'
import { closing, live, until } from '../support/watching.ts'

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

test('a deleted message is unread nowhere: open conversation, live inbox, list, mark and the list of what is unread', async () => {
  const { ana, ben, eve, id, say } = await group()
  const clock = createHeldClock()
  const device = await signInAgain(ben, { clock })
  const conversation = closing(device.tertulia.chat.openConversation(id))
  const inbox = closingInbox(device.tertulia.chat.watchInbox())
  await Promise.all([live(conversation), liveInbox(inbox)])
  const shows = async (count: number) => {
    await until(conversation, ({ unread }) => unread === count)
    await untilInbox(
      inbox,
      ({ unread, items }: InboxSnapshot) => unread === count && items[0]?.unread === count,
    )
    const { items } = await ben.tertulia.chat.inbox()
    expect(items[0]?.unread).toBe(count)
    expect((await ben.tertulia.chat.inbox({ unread: true })).items).toHaveLength(count > 0 ? 1 : 0)
    const fresh = closing(ben.tertulia.chat.openConversation(id))
    expect((await live(fresh)).unread).toBe(count)
  }
  const first = await say(ana, 'one')
  const second = await say(eve, 'two')
  const third = await say(ana, 'three')
  await shows(3)
  await ana.tertulia.chat.deleteMessage(third)
  await shows(2)
  // Deleting it again, or something that was read, counts nothing twice.
  await ana.tertulia.chat.deleteMessage(third)
  expect(await ben.tertulia.chat.markRead(id, 2)).toMatchObject({ unread: 1 })
  await ana.tertulia.chat.deleteMessage(first)
  await shows(1)
  await withoutBroadcasts(ben.id, () => eve.tertulia.chat.deleteMessage(second))
  clock.check()
  await shows(0)
  await say(ana, 'four')
  await shows(1)
  await conversation.markRead()
  await shows(0)
})

test('what a deleted account leaves unread counts no more', async () => {
  const { ana, ben, eve, id, say } = await group()
  for (let n = 0; n < 5; n++) await say(eve, `${n}`)
  await say(ana, 'stays')
  const inbox = closingInbox(ben.tertulia.chat.watchInbox())
  await untilInbox(inbox, ({ unread }) => unread === 6)
  await connectAsService().auth.admin.deleteUser(eve.id)
  await untilInbox(inbox, ({ unread }) => unread === 1)
  expect((await ben.tertulia.chat.inbox()).items[0]?.unread).toBe(1)
  expect(await ben.tertulia.chat.markRead(id, 6)).toMatchObject({ unread: 1 })
})

test('a message that is deleted while it is marked as read, and one that is sent meanwhile, leave the right count', async () => {
  const { ana, ben, id, say } = await group()
  const inbox = closingInbox(ben.tertulia.chat.watchInbox())
  await liveInbox(inbox)
  for (let round = 0; round < 8; round++) {
    const message = await say(ana, `${round}`)
    await Promise.all([
      ana.tertulia.chat.deleteMessage(message),
      say(ana, 'more'),
      ben.tertulia.chat.markRead(id, round * 2 + 2),
    ])
    const { items } = await ben.tertulia.chat.inbox()
    expect(items[0]?.unread).toBe(1)
    await untilInbox(inbox, ({ unread }) => unread === 1)
    await ben.tertulia.chat.markRead(id)
  }
})

test('positions of deleted messages leave a handle as the mark moves past them, as a new handle has them', async () => {
  const { ana, ben, id, say } = await group()
  const device = await signInAgain(ben)
  const conversation = closing(device.tertulia.chat.openConversation(id))
  const inbox = closingInbox(device.tertulia.chat.watchInbox())
  await Promise.all([live(conversation), liveInbox(inbox)])
  const messages = []
  for (let n = 1; n <= 6; n++) messages.push(await say(ana, `${n}`))
  const shows = async (positions: number[], unread: number) => {
    await until(
      conversation,
      (snapshot) =>
        snapshot.unread === unread && snapshot.conversation?.deletedUnread.join() === positions.join(),
    )
    await untilInbox(inbox, ({ items }) => items[0]?.conversation.deletedUnread.join() === positions.join())
    expect(inbox.getSnapshot().unread).toBe(unread)
    const fresh = closing(ben.tertulia.chat.openConversation(id))
    const { conversation: there } = await until(fresh, ({ status }) => status === 'live')
    expect(there?.deletedUnread).toEqual(positions)
  }
  // The later one first: they are in order all the same.
  for (const at of [5, 2, 4]) await ana.tertulia.chat.deleteMessage(messages[at - 1]!)
  // The first position is that of the group itself, which is not unread either.
  await shows([1, 3, 5, 6], 3)
  // On another device.
  await ben.tertulia.chat.markRead(id, 4)
  await shows([5, 6], 1)
  // One that was read before counts for nothing.
  await ana.tertulia.chat.deleteMessage(messages[0]!)
  await conversation.markRead(5)
  await shows([6], 1)
  const { conversation: kept } = conversation.getSnapshot()
  expect(conversation.getSnapshot().conversation).toBe(kept)
  await say(ben, 'mine, with which I have read the rest')
  await shows([], 0)
})

test('with over 1,000 deleted messages the count, the list of what is unread and a live handle agree', async () => {
  const { ana, ben, id, say } = await group()
  const sql = postgres(inject('stack').dbUrl, { max: 1, onnotice: () => {} })
  onTestFinished(() => sql.end())
  // As a moderator's script leaves it: 1,200 messages, all of them deleted.
  await sql`
    insert into public.messages (id, conversation_id, sender_id, seq, revision, content, deleted_at)
    select gen_random_uuid(), ${id}, ${ana.id}, n, n, '', now() from generate_series(2, 1200) n`
  await sql`update public.conversations set last_seq = 1200, last_revision = 1200, last_message_at = now() where id = ${id}`
  const device = await signInAgain(ben)
  const inbox = closingInbox(device.tertulia.chat.watchInbox())
  const conversation = closing(device.tertulia.chat.openConversation(id))
  await Promise.all([live(conversation), liveInbox(inbox)])
  const agree = async (unread: number) => {
    await until(conversation, (snapshot) => snapshot.unread === unread)
    await untilInbox(inbox, (snapshot) => snapshot.unread === unread)
    expect((await ben.tertulia.chat.inbox()).items[0]?.unread).toBe(unread)
    expect((await ben.tertulia.chat.inbox({ unread: true })).items).toHaveLength(unread > 0 ? 1 : 0)
    const fresh = closing(ben.tertulia.chat.openConversation(id))
    expect((await live(fresh)).unread).toBe(unread)
  }
  await agree(200)
  const newest = await say(ana, 'after them')
  await agree(201)
  // The live handle lets the oldest go, as the database does.
  await ana.tertulia.chat.deleteMessage(newest)
  await agree(201)
  expect(conversation.getSnapshot().conversation?.deletedUnread).toHaveLength(1_000)
  await ben.tertulia.chat.markRead(id, 199)
  await agree(2)
  await ben.tertulia.chat.markRead(id, 201)
  await agree(0)
  await say(ana, 'one more')
  await agree(1)
})
