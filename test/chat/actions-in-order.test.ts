import type { Message, OpenConversation } from 'tertulia'
import { expect, test, vi } from 'vitest'
import { faultyFetch } from '../support/fetch.ts'
import { type Person, signInAgain, signUp } from '../support/people.ts'
import { closing, live, until } from '../support/watching.ts'

/** Somebody whose every first request of a kind is slow, so that the second one would overtake it. */
async function scene() {
  const [ana, ben] = (await Promise.all([signUp('Ana'), signUp('Ben')])) as [Person, Person]
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  const message = await ana.tertulia.chat.send(id, { content: 'v0' })
  let changes = 0
  let atOnce = 0
  let mostAtOnce = 0
  const slowFirst: typeof fetch = async (input, init) => {
    if (!/\/(react|edit_message|delete_message)$/.test(String(input))) return fetch(input, init)
    mostAtOnce = Math.max(mostAtOnce, ++atOnce)
    if (changes++ === 0) await new Promise((resolve) => setTimeout(resolve, 300))
    return fetch(input, init).finally(() => atOnce--)
  }
  const device = await signInAgain(ana, { fetch: slowFirst })
  const handle = async () => {
    const conversation = closing(device.tertulia.chat.openConversation(id))
    await live(conversation)
    return conversation
  }
  const there = async () => (await ben.tertulia.chat.listMessages(id)).items[0] as Message
  return { ana, ben, id, message, device, handle, there, mostAtOnce: () => mostAtOnce }
}

/** What the database has and what a conversation shows, once both are the same. */
async function settle(there: () => Promise<Message>, conversation: OpenConversation): Promise<Message> {
  const message = await there()
  await until(
    conversation,
    ({ messages }) =>
      messages[0]?.content === message.content &&
      JSON.stringify(messages[0]?.reactions) === JSON.stringify(message.reactions),
  )
  return message
}

test('a reaction that is set and taken back in haste is gone', async () => {
  const { message, handle, there } = await scene()
  const conversation = await handle()
  await Promise.all([conversation.react(message.id, '🎸'), conversation.react(message.id, '🎸', false)])
  expect((await settle(there, conversation)).reactions).toEqual([])
})

test('of many reactions in haste the last one stands', async () => {
  const { ana, message, handle, there } = await scene()
  const conversation = await handle()
  await Promise.all(
    [true, false, true, false, true].map((present) => conversation.react(message.id, '🎸', present)),
  )
  expect((await settle(there, conversation)).reactions).toEqual([{ emoji: '🎸', userIds: [ana.id] }])
})

test('of two edits in haste the later text stands, from two handles, and with the plain call beside them', async () => {
  const { message, handle, device, there } = await scene()
  const [one, two] = [await handle(), await handle()]
  await Promise.all([
    one.edit(message.id, 'v1'),
    two.edit(message.id.toUpperCase(), 'v2'),
    device.tertulia.chat.editMessage(message.id, 'v3'),
    one.edit(message.id, 'v4'),
    device.tertulia.chat.editMessage(message.id, 'v5'),
  ])
  expect((await settle(there, one)).content).toBe('v5')
  expect((await settle(there, two)).content).toBe('v5')
})

test('an edit before a deletion in haste is made before it', async () => {
  const { message, handle, there } = await scene()
  const conversation = await handle()
  const results = await Promise.allSettled([
    conversation.edit(message.id, 'v1'),
    conversation.delete(message.id),
    conversation.edit(message.id, 'v2'),
  ])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
  expect((await settle(there, conversation)).deletedAt).not.toBeNull()
})

test('one that fails holds up nobody, and one of another message does not wait', async () => {
  const { ana, id, message, device, there, mostAtOnce } = await scene()
  const other = await ana.tertulia.chat.send(id, { content: 'other' })
  const { chat } = device.tertulia
  const failing = chat.editMessage(message.id, ' ')
  const edits = [chat.editMessage(message.id, 'v1'), chat.editMessage(other.id, 'w1')]
  await expect(failing).rejects.toMatchObject({ code: 'invalid_input' })
  await Promise.all(edits)
  expect(mostAtOnce()).toBe(2)
  expect((await there()).content).toBe('w1')
})

test('one that waits for its turn can be aborted at once, and is never made', async () => {
  const { message, device, there } = await scene()
  const { chat } = device.tertulia
  const aborter = new AbortController()
  const slow = chat.editMessage(message.id, 'v1')
  const aborted = chat.editMessage(message.id, 'v2', { signal: aborter.signal })
  const last = chat.editMessage(message.id, 'v3')
  aborter.abort()
  let isSlowDone = false
  void slow.then(() => {
    isSlowDone = true
  })
  await expect(aborted).rejects.toMatchObject({ code: 'aborted' })
  expect(isSlowDone).toBe(false)
  await Promise.all([slow, last])
  expect((await there()).content).toBe('v3')
})

test('an answer that is lost does not change the order of what follows', async () => {
  const { ana, ben, id, message } = await scene()
  let lost = 0
  const device = await signInAgain(ana, {
    fetch: faultyFetch((path) => (path.endsWith('/edit_message') && lost++ === 0 ? 'lose answer' : 'pass')),
  })
  const first = device.tertulia.chat.editMessage(message.id, 'v1')
  const second = device.tertulia.chat.editMessage(message.id, 'v2')
  await expect(first).rejects.toMatchObject({ retryable: true })
  await second
  await vi.waitFor(async () =>
    expect((await ben.tertulia.chat.listMessages(id)).items[0]?.content).toBe('v2'),
  )
})
