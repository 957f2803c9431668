import { createTertulia, type TertuliaOptions } from 'tertulia'
import { expect, onTestFinished, test, vi } from 'vitest'
import { connect, type Person, signInAgain, signUp } from '../support/people.ts'
import { closing, live, until } from '../support/watching.ts'

/** Time that passes twenty times as fast. */
const quick: TertuliaOptions = {
  clock: {
    now: () => Date.now(),
    after(ms, run) {
      const timer = setTimeout(run, ms / 20)
      return () => clearTimeout(timer)
    },
  },
  timeoutMs: 20 * 15_000,
}

async function pair(options?: TertuliaOptions) {
  const [ana, ben] = await Promise.all([signUp('Ana', options), signUp('Ben', options)])
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  return { ana, ben, id }
}

async function group(...others: Person[]) {
  const ana = await signUp('Ana')
  const id = crypto.randomUUID()
  const { error } = await ana.supabase.rpc('create_group', {
    group_id: id,
    subject: 'Ensayo',
    member_ids: others.map((person) => person.id),
  })
  if (error) throw error
  return { ana, id }
}

/** The topic of a conversation now, as a participant learns it. */
async function topicOf({ supabase }: Person, conversationId: string): Promise<string> {
  const { data } = await supabase.rpc('sync_conversation', { conversation_id: conversationId })
  return `conversation:${conversationId}:${data.live_key}`
}

/** Topics that a client has channels for, those of conversations alone. */
const topics = ({ supabase }: Person) =>
  supabase
    .getChannels()
    .map(({ subTopic }) => subTopic)
    .filter((topic) => topic.startsWith('conversation:'))

/** A socket of a person that a hand drives: what it hears on a topic, and how it says something there. */
async function joinByHand(person: Person, topic: string) {
  const { supabase } = await signInAgain(person)
  const heard: { event: string; payload: unknown }[] = []
  await supabase.realtime.setAuth()
  const channel = supabase.channel(topic, { config: { private: true } })
  const joined = new Promise<string>((resolve) => {
    channel
      .on('broadcast', { event: '*' }, ({ event, payload }) => heard.push({ event, payload }))
      .subscribe((status) => resolve(status))
  })
  const say = (payload: object) => channel.send({ type: 'broadcast', event: 'live', payload })
  return { status: await joined, heard, say, channel }
}

test('who types shows to the others, and not for longer than that', async () => {
  const { ana, ben, id } = await pair(quick)
  const hers = closing(ana.tertulia.chat.openConversation(id))
  const his = closing(ben.tertulia.chat.openConversation(id))
  await until(hers, ({ present }) => present.includes(ben.id))
  const startedAt = performance.now()
  hers.setTyping(true)
  await until(his, ({ typing }) => typing.includes(ana.id))
  expect(hers.getSnapshot().typing).toEqual([])
  // Nobody says that it is over: after 3 s without a keystroke it is.
  await until(his, ({ typing }) => typing.length === 0)
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(3_000 / 20 - 5)
  hers.setTyping(true)
  await until(his, ({ typing }) => typing.includes(ana.id))
  await hers.send({ content: 'what I typed' })
  const { typing } = await until(his, ({ messages }) => messages.length === 1)
  expect(typing).toEqual([])
})

test('a word that is never taken back ends by itself', async () => {
  const { ana, ben, id } = await pair(quick)
  const his = closing(ben.tertulia.chat.openConversation(id))
  await live(his)
  const { say } = await joinByHand(ana, await topicOf(ana, id))
  await say({ user_id: ana.id, typing: true })
  await until(his, ({ typing }) => typing.includes(ana.id))
  await until(his, ({ typing }) => typing.length === 0)
})

test('however many keys are struck, the others hear of it once in 3 s', async () => {
  const { ana, ben, id } = await pair(quick)
  const first = closing(ana.tertulia.chat.openConversation(id))
  const second = closing(ana.tertulia.chat.openConversation(id))
  await Promise.all([live(first), live(second)])
  const { heard } = await joinByHand(ben, await topicOf(ben, id))
  await until(first, ({ present }) => present.length === 0)
  await vi.waitFor(() => {
    first.setTyping(true)
    second.setTyping(true)
    expect(heard.length).toBeGreaterThan(0)
  })
  const startedAt = performance.now()
  const before = heard.length
  while (performance.now() - startedAt < 1_000) {
    first.setTyping(true)
    second.setTyping(true)
    await new Promise((resolve) => setImmediate(resolve))
  }
  const intervals = (performance.now() - startedAt) / (3_000 / 20)
  expect(heard.length - before).toBeGreaterThan(0)
  expect(heard.length - before).toBeLessThanOrEqual(Math.ceil(intervals))
})

test('who has it open shows to the others, until they close it', async () => {
  const { ana, ben, id } = await pair()
  const hers = closing(ana.tertulia.chat.openConversation(id))
  const his = ben.tertulia.chat.openConversation(id)
  await Promise.all([
    until(hers, ({ present }) => present.join() === ben.id),
    until(his, ({ present }) => present.join() === ana.id),
  ])
  his.close()
  await until(hers, ({ present }) => present.length === 0)
  const again = closing(ben.tertulia.chat.openConversation(id))
  await until(again, ({ present }) => present.join() === ana.id)
})

test('how far the others have read shows live', async () => {
  const { ana, ben, id } = await pair()
  for (const content of ['1', '2', '3']) await ana.tertulia.chat.send(id, { content })
  const onOperation = vi.fn()
  const device = await signInAgain(ana, { onOperation })
  const hers = closing(device.tertulia.chat.openConversation(id))
  const his = closing(ben.tertulia.chat.openConversation(id))
  // What joining asks for has to be over.
  await Promise.all([live(his), live(hers), until(hers, ({ present }) => present.length === 1)])
  onOperation.mockClear()
  await his.markRead(2)
  const readBy = (userId: string) =>
    hers.getSnapshot().conversation?.participants.find((one) => one.id === userId)?.lastReadSeq
  await vi.waitFor(() => expect(readBy(ben.id)).toBe(2))
  expect(onOperation).not.toHaveBeenCalled()
  // Whoever opens it later has it from the database.
  const later = closing((await signInAgain(ana)).tertulia.chat.openConversation(id))
  const { conversation } = await live(later)
  expect(conversation?.participants.find((one) => one.id === ben.id)?.lastReadSeq).toBe(2)
})

test('what nobody in it may say counts for nothing', async () => {
  const { ana, ben, id } = await pair()
  const eve = await signUp('Eve')
  await ana.tertulia.chat.send(id, { content: '1' })
  const hers = closing(ana.tertulia.chat.openConversation(id))
  await live(hers)
  const topic = await topicOf(ben, id)
  expect((await joinByHand(eve, topic)).status).toBe('CHANNEL_ERROR')
  const stranger = connect()
  const status = await new Promise((resolve) => {
    stranger.channel(topic, { config: { private: true } }).subscribe(resolve)
  })
  expect(status).toBe('CHANNEL_ERROR')

  const { say } = await joinByHand(ben, topic)
  const seen: unknown[] = []
  hers.subscribe(() => seen.push(hers.getSnapshot().typing))
  for (const junk of [
    {},
    { user_id: eve.id, typing: true },
    { user_id: '__proto__', typing: true },
    { user_id: ben.id, typing: 'yes' },
    { user_id: ben.id },
    { user_id: ana.id, typing: true },
  ]) {
    await say(junk)
  }
  await say({ user_id: ben.id, typing: true })
  await until(hers, ({ typing }) => typing.length === 1)
  expect(new Set(seen.flat())).toEqual(new Set([ben.id]))
})

test('whoever is removed, with a socket that stays open, hears none of a thousand messages and nobody type; the others miss none', async () => {
  const [ben, eve] = await Promise.all([signUp('Ben'), signUp('Eve')])
  const { ana, id } = await group(ben, eve)
  const people = [ana, ben]
  const opened = people.map((person) => closing(person.tertulia.chat.openConversation(id)))
  const [hers, his] = opened as [(typeof opened)[0] & object, (typeof opened)[0] & object]
  await until(hers, ({ present }) => present.includes(ben.id))
  const old = await topicOf(eve, id)
  const [live1, user1] = await Promise.all([joinByHand(eve, old), joinByHand(eve, `user:${eve.id}`)])
  expect([live1.status, user1.status]).toEqual(['SUBSCRIBED', 'SUBSCRIBED'])
  await ana.tertulia.chat.send(id, { content: 'before' })
  await vi.waitFor(() => expect(user1.heard).toHaveLength(1))

  await ana.supabase.rpc('remove_participant', { conversation_id: id, user_id: eve.id })
  await Promise.all(
    Array.from({ length: 8 }, async (_, i) => {
      for (let n = i; n < 1_000; n += 8) {
        await people[n % 2]!.tertulia.chat.send(id, { content: `after ${n}` })
      }
    }),
  )
  for (const conversation of opened) {
    await until(conversation, ({ status, messages }) => status === 'live' && messages.at(-1)?.seq === 1_003)
  }
  expect(new Set(his.getSnapshot().messages.map(({ content }) => content)).size).toBe(1_002)
  await until(hers, ({ present }) => present.includes(ben.id))
  const now = await topicOf(ana, id)
  expect(now).not.toBe(old)
  for (const person of people) expect(topics(person)).toEqual([now])
  hers.setTyping(true)
  await until(his, ({ typing }) => typing.includes(ana.id))
  // What she says herself there, as whoever she likes, reaches nobody.
  await live1.say({ user_id: ben.id, typing: true })
  await his.markRead()
  await vi.waitFor(() =>
    expect(hers.getSnapshot().conversation?.participants).toContainEqual(
      expect.objectContaining({ id: ben.id, lastReadSeq: 1_003 }),
    ),
  )
  expect(hers.getSnapshot().typing).toEqual([])
  expect(live1.heard).toEqual([])
  expect(user1.heard.map(({ event }) => event)).toEqual(['message', 'removed'])
  expect((await joinByHand(eve, now)).status).toBe('CHANNEL_ERROR')
}, 300_000)

test('a block ends what passes between the two, and lifting it brings it back', async () => {
  const { ana, ben, id } = await pair(quick)
  const hers = closing(ana.tertulia.chat.openConversation(id))
  const his = closing(ben.tertulia.chat.openConversation(id))
  await until(hers, ({ present }) => present.includes(ben.id))
  const old = topics(ana)
  await ana.supabase.rpc('block_user', { user_id: ben.id })
  await until(hers, ({ present }) => present.length === 0)
  await until(his, ({ present }) => present.length === 0)
  await vi.waitFor(() => expect(topics(ana)).not.toEqual(old))
  await ana.supabase.rpc('unblock_user', { user_id: ben.id })
  await until(hers, ({ present }) => present.includes(ben.id))
})

test('two clients of ours on one supabase-js client, and many handles, share one channel', async () => {
  const { ana, ben, id } = await pair()
  const other = createTertulia(ben.supabase)
  const handles = [ben.tertulia, other, ben.tertulia].map(({ chat }) => chat.openConversation(id))
  onTestFinished(() => handles.forEach((handle) => void handle.close()))
  const hers = closing(ana.tertulia.chat.openConversation(id))
  await Promise.all(handles.map((handle) => until(handle, ({ present }) => present.includes(ana.id))))
  expect(topics(ben)).toEqual([await topicOf(ana, id)])
  handles[0]?.close()
  handles[1]?.close()
  hers.setTyping(true)
  await until(handles[2]!, ({ typing }) => typing.includes(ana.id))
  handles[2]?.close()
  await vi.waitFor(() => expect(ben.supabase.getChannels()).toEqual([]))
})

test('of very many that are open at once all are live, and fifty take part in what passes', async () => {
  const [ana, ...others] = await Promise.all(Array.from({ length: 61 }, (_, n) => signUp(`P${n}`)))
  const opened = await Promise.all(others.map((other) => ana!.tertulia.chat.openDirect(other.id)))
  opened.forEach(closing)
  await Promise.all(opened.map(live))
  await vi.waitFor(() => expect(topics(ana!)).toHaveLength(50), 15_000)
  await others[60 - 1]!.tertulia.chat.send(opened[60 - 1]!.id, { content: 'heard all the same' })
  await until(opened[60 - 1]!, ({ messages }) => messages.length === 1)
}, 120_000)
