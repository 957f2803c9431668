import { expect, test } from 'vitest'
import { closingInbox, createHeldClock, liveInbox, untilInbox } from '../support/live-inbox.ts'
import { signUp } from '../support/people.ts'
import { withoutBroadcasts } from '../support/silence.ts'
import { closing, live, until } from '../support/watching.ts'

test('a new name shows in open conversations and inboxes, at once and after a lost event', async () => {
  const clock = createHeldClock()
  const [ana, ben] = await Promise.all([signUp('Ana', { clock }), signUp('Ben')])
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  await ben.tertulia.chat.send(id, { content: 'hello' })
  const hers = closing(ana.tertulia.chat.openConversation(id))
  const inbox = closingInbox(ana.tertulia.chat.watchInbox())
  await Promise.all([live(hers), liveInbox(inbox)])
  const shows = async (name: string) => {
    const named = (people: { displayName: string }[] = []) => people.some((one) => one.displayName === name)
    await until(hers, ({ conversation }) => named(conversation?.participants))
    await untilInbox(inbox, ({ items }) => items[0]?.counterpart?.displayName === name)
  }
  await ben.tertulia.profiles.update({ displayName: 'Benjamín' })
  await shows('Benjamín')
  await withoutBroadcasts(ana.id, () => ben.tertulia.profiles.update({ displayName: 'Ben again' }))
  clock.check()
  await shows('Ben again')
  expect(hers.getSnapshot().messages).toHaveLength(1)
})

test('users who rename themselves and write to each other at once wait for nobody who waits for them', async () => {
  const people = await Promise.all(['Ana', 'Ben', 'Eve'].map((name) => signUp(name)))
  const [ana, ...others] = people
  const groups = await Promise.all(
    [1, 2, 3].map(() => ana!.tertulia.chat.createGroup({ memberIds: others.map(({ id }) => id) })),
  )
  const outcomes = await Promise.allSettled(
    people.flatMap(({ tertulia }, at) =>
      [1, 2, 3].flatMap((n) => [
        tertulia.profiles.update({ displayName: `${at} ${n}` }),
        ...groups.map(({ id }) => tertulia.chat.send(id, { content: 'hello' })),
      ]),
    ),
  )
  expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([])
})

test('who blocked the other still reads what was written; who is blocked opens nothing, and nobody writes', async () => {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  await ben.tertulia.chat.send(id, { content: 'before' })
  await ana.tertulia.chat.block(ben.id)
  const hers = closing(await ana.tertulia.chat.openDirect(ben.id))
  await until(hers, ({ messages }) => messages[0]?.content === 'before')
  const blocked = { code: 'blocked' }
  await expect(ben.tertulia.chat.getDirect(ana.id)).rejects.toMatchObject(blocked)
  await expect(ana.tertulia.chat.send(id, { content: 'after' })).rejects.toMatchObject(blocked)
  const eve = await signUp('Eve')
  await ana.tertulia.chat.block(eve.id)
  await expect(ana.tertulia.chat.getDirect(eve.id)).rejects.toMatchObject(blocked)
})
