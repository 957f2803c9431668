import type { InboxSnapshot } from 'tertulia'
import { expect, test } from 'vitest'
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
  expect(await ben.tertulia.chat.markRead(id, 1)).toMatchObject({ unread: 1 })
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
  expect(await ben.tertulia.chat.markRead(id, 5)).toMatchObject({ unread: 1 })
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
      ben.tertulia.chat.markRead(id, round * 2 + 1),
    ])
    const { items } = await ben.tertulia.chat.inbox()
    expect(items[0]?.unread).toBe(1)
    await untilInbox(inbox, ({ unread }) => unread === 1)
    await ben.tertulia.chat.markRead(id)
  }
})
