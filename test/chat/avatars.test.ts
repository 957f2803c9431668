import { expect, test } from 'vitest'
import { closingInbox, createHeldClock, liveInbox, untilInbox } from '../support/live-inbox.ts'
import { connectAsService, signUp } from '../support/people.ts'
import { withoutBroadcasts } from '../support/silence.ts'
import { closing, live, until } from '../support/watching.ts'

const png = new Blob(
  [
    Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
      'base64',
    ),
  ],
  { type: 'image/png' },
)

test('participants carry their picture: in calls, in open conversations and inboxes, at once and after a lost event', async () => {
  const clock = createHeldClock()
  const [ana, ben] = await Promise.all([signUp('Ana', { clock }), signUp('Ben')])
  const first = await ben.tertulia.profiles.setAvatar(png)
  const { id, participants } = await ana.tertulia.chat.getDirect(ben.id)
  const pictures = (people: { id: string; avatarUrl?: string | null }[] = []) =>
    people.find((one) => one.id === ben.id)?.avatarUrl
  expect(pictures(participants)).toBe(first)
  expect(participants.find((one) => one.id === ana.id)?.avatarUrl).toBeNull()
  const conversation = closing(ana.tertulia.chat.openConversation(id))
  const inbox = closingInbox(ana.tertulia.chat.watchInbox())
  await Promise.all([live(conversation), liveInbox(inbox)])
  const shows = async (url: string | null) => {
    await until(conversation, (shown) => pictures(shown.conversation?.participants) === url)
    await untilInbox(inbox, ({ items }) => items[0]?.counterpart?.avatarUrl === url)
    expect((await ana.tertulia.chat.inbox()).items[0]?.counterpart?.avatarUrl).toBe(url)
  }
  await shows(first)
  const second = await ben.tertulia.profiles.setAvatar(png)
  expect(second).not.toBe(first)
  await shows(second)
  expect((await fetch(second)).status).toBe(200)
  await withoutBroadcasts(ana.id, () => ben.tertulia.profiles.removeAvatar())
  clock.check()
  await shows(null)
  await ben.tertulia.profiles.setAvatar(png)
  await connectAsService().auth.admin.deleteUser(ben.id)
  await shows(null)
})

test('a new name or picture leaves typing and presence of a direct conversation as they are; a block ends them', async () => {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  const hers = closing(ana.tertulia.chat.openConversation(id))
  const his = closing(ben.tertulia.chat.openConversation(id))
  await Promise.all([
    until(hers, ({ present }) => present.length === 1),
    until(his, ({ present }) => present.length === 1),
  ])
  let left = 0
  const stop = hers.subscribe(() => {
    if (hers.getSnapshot().present.length === 0) left++
  })
  const joined = ana.supabase.getChannels().find(({ topic }) => topic.includes('conversation:'))
  await ben.tertulia.profiles.update({ displayName: 'Benjamín' })
  await until(
    hers,
    ({ conversation }) => conversation?.participants.some((one) => one.displayName === 'Benjamín') ?? false,
  )
  await ben.tertulia.profiles.setAvatar(png)
  await until(hers, ({ conversation }) => conversation?.participants.some((one) => one.avatarUrl) ?? false)
  his.setTyping(true)
  await until(hers, ({ typing }) => typing[0] === ben.id)
  expect(left).toBe(0)
  expect(ana.supabase.getChannels().find(({ topic }) => topic.includes('conversation:'))).toBe(joined)
  stop()
  await ben.tertulia.chat.block(ana.id)
  await until(hers, ({ present, typing }) => present.length === 0 && typing.length === 0)
})
