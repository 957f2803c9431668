import postgres from 'postgres'
import { describe, expect, inject, test, vi } from 'vitest'
import { type Person, signInAgain, signUp } from '../support/people.ts'
import { openProxy } from '../support/proxy.ts'
import { withoutBroadcasts } from '../support/silence.ts'
import { closing, live, until } from '../support/watching.ts'

async function pair(): Promise<{ ana: Person; ben: Person; id: string }> {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  return { ana, ben, id }
}

const keep = (listeners: Set<() => void>) => (listener: () => void) => {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

/** A clock whose long waits, those of the head check, run when the test says. */
function heldClock() {
  const waiting: { ms: number; run: () => void }[] = []
  const clock = {
    now: () => Date.now(),
    after(ms: number, run: () => void) {
      if (ms < 20_000) {
        const timer = setTimeout(run, ms)
        return () => clearTimeout(timer)
      }
      const entry = { ms, run }
      waiting.push(entry)
      return () => void waiting.splice(waiting.indexOf(entry), 1)
    },
  }
  return { clock, waiting }
}

const contents = (messages: readonly { content: string }[]) => messages.map(({ content }) => content)

test('shows what was there, then what comes, to both, in one order', async () => {
  const { ana, ben, id } = await pair()
  await ana.tertulia.chat.send(id, { content: 'before' })
  const forAna = closing(ana.tertulia.chat.openConversation(id))
  expect(forAna.getSnapshot()).toMatchObject({ status: 'connecting', conversation: null, messages: [] })
  const forBen = closing(await ben.tertulia.chat.openDirect(ana.id))
  await Promise.all([live(forAna), live(forBen)])
  await Promise.all([forAna.send({ content: 'from Ana' }), forBen.send({ content: 'from Ben' })])
  const both = await Promise.all(
    [forAna, forBen].map((one) => until(one, ({ messages }) => messages.length === 3)),
  )
  expect(both[0]?.messages).toEqual(both[1]?.messages)
  expect(contents(both[0]?.messages ?? [])).toEqual(
    expect.arrayContaining(['before', 'from Ana', 'from Ben']),
  )
  expect(both[0]?.conversation).toMatchObject({ id, kind: 'direct', lastSeq: 3 })
})

test('hears of a message without asking: no request follows the broadcast', async () => {
  const { ana, ben, id } = await pair()
  const onOperation = vi.fn()
  const watcher = await signInAgain(ben, { onOperation })
  const conversation = closing(watcher.tertulia.chat.openConversation(id))
  await live(conversation)
  onOperation.mockClear()
  for (let i = 0; i < 5; i++) await ana.tertulia.chat.send(id, { content: `${i}` })
  const { messages } = await until(conversation, (shown) => shown.messages.length === 5)
  expect(contents(messages)).toEqual(['0', '1', '2', '3', '4'])
  expect(onOperation).not.toHaveBeenCalled()
})

test('goes from connecting to live without a detour', async () => {
  const { ana, id } = await pair()
  await ana.tertulia.chat.send(id, { content: 'x' })
  const conversation = closing(ana.tertulia.chat.openConversation(id))
  const seen: string[] = []
  conversation.subscribe(() => seen.push(conversation.getSnapshot().status))
  await live(conversation)
  expect([...new Set(seen)]).toEqual(['connecting', 'live'])
})

test('a snapshot is the same object until something changes', async () => {
  const { ana, id } = await pair()
  const conversation = closing(ana.tertulia.chat.openConversation(id))
  await live(conversation)
  const before = conversation.getSnapshot()
  expect(conversation.getSnapshot()).toBe(before)
  const listener = vi.fn()
  const stop = conversation.subscribe(listener)
  await conversation.send({ content: 'x' })
  await until(conversation, ({ messages }) => messages.length === 1)
  expect(conversation.getSnapshot()).not.toBe(before)
  expect(before.messages).toEqual([])
  expect(listener).toHaveBeenCalled()
  stop()
  listener.mockClear()
  await conversation.send({ content: 'y' })
  expect(listener).not.toHaveBeenCalled()
})

test('loads older pages on demand, to the first message', async () => {
  const { ana, ben, id } = await pair()
  for (let i = 1; i <= 60; i++) await ana.tertulia.chat.send(id, { content: `${i}` })
  const conversation = closing(ben.tertulia.chat.openConversation(id))
  const first = await live(conversation)
  expect(first.messages.map(({ seq }) => seq)).toEqual(Array.from({ length: 50 }, (_, i) => i + 11))
  expect(first.hasOlder).toBe(true)
  await Promise.all([conversation.loadOlder({ limit: 4 }), conversation.loadOlder({ limit: 4 })])
  expect(conversation.getSnapshot().messages[0]?.seq).toBe(7)
  await conversation.loadOlder()
  await conversation.loadOlder()
  expect(conversation.getSnapshot()).toMatchObject({ hasOlder: false })
  expect(conversation.getSnapshot().messages.map(({ seq }) => seq)).toEqual(
    Array.from({ length: 60 }, (_, i) => i + 1),
  )
})

describe('when the network fails', () => {
  test('what was sent meanwhile is there after a cut, once and in order', async () => {
    const { ana, ben, id } = await pair()
    const proxy = await openProxy()
    const watcher = await signInAgain(ben, { apiUrl: proxy.apiUrl })
    const conversation = closing(watcher.tertulia.chat.openConversation(id))
    await live(conversation)
    proxy.block()
    await until(conversation, ({ status }) => status === 'offline')
    for (let i = 0; i < 5; i++) await ana.tertulia.chat.send(id, { content: `${i}` })
    proxy.restore()
    const { messages } = await until(
      conversation,
      (shown) => shown.status === 'live' && shown.messages.length === 5,
    )
    expect(contents(messages)).toEqual(['0', '1', '2', '3', '4'])
    await ana.tertulia.chat.send(id, { content: 'live again' })
    await until(conversation, (shown) => shown.messages.length === 6)
  })

  test('a restart of the database loses nothing', async () => {
    const { ana, ben, id } = await pair()
    const conversation = closing(ben.tertulia.chat.openConversation(id))
    await live(conversation)
    const admin = postgres(inject('stack').adminDbUrl, { max: 1 })
    await ana.tertulia.chat.send(id, { content: 'one' })
    await admin`select pg_terminate_backend(pid) from pg_stat_replication`
    await ana.tertulia.chat.send(id, { content: 'two' })
    await admin.end()
    const { messages } = await until(conversation, (shown) => shown.messages.length === 2)
    expect(contents(messages)).toEqual(['one', 'two'])
  })

  test('a broadcast that is missing shows by the number of the next one, and is fetched', async () => {
    const { ana, ben, id } = await pair()
    const conversation = closing(ben.tertulia.chat.openConversation(id))
    await live(conversation)
    await withoutBroadcasts(ben.id, () => ana.tertulia.chat.send(id, { content: 'unheard' }))
    await ana.tertulia.chat.send(id, { content: 'heard' })
    const { messages } = await until(conversation, (shown) => shown.messages.length === 2)
    expect(contents(messages)).toEqual(['unheard', 'heard'])
  })

  test('a broadcast that never comes is found by the head check', async () => {
    const { ana, ben, id } = await pair()
    const { clock, waiting } = heldClock()
    const watcher = await signInAgain(ben, { clock })
    const conversation = closing(watcher.tertulia.chat.openConversation(id))
    await live(conversation)
    await withoutBroadcasts(ben.id, () => ana.tertulia.chat.send(id, { content: 'unheard' }))
    expect(conversation.getSnapshot().messages).toEqual([])
    const [check] = waiting.splice(0)
    expect(check?.ms).toBe(30_000)
    check?.run()
    const { messages } = await until(conversation, (shown) => shown.messages.length === 1)
    expect(contents(messages)).toEqual(['unheard'])
  })
})

describe('it says so when it is not live', () => {
  test('as soon as the device does, and catches up when the network is back', async () => {
    const { ana, ben, id } = await pair()
    const wakes = new Set<() => void>()
    const losses = new Set<() => void>()
    const lifecycle = { onWake: keep(wakes), onOffline: keep(losses) }
    const watcher = await signInAgain(ben, { lifecycle })
    const conversation = closing(watcher.tertulia.chat.openConversation(id))
    await live(conversation)
    for (const lost of losses) lost()
    expect(conversation.getSnapshot().status).toBe('offline')
    await withoutBroadcasts(ben.id, () => ana.tertulia.chat.send(id, { content: 'meanwhile' }))
    for (const wake of wakes) wake()
    await until(conversation, ({ status, messages }) => status === 'live' && messages.length === 1)
  })

  test('when the head check finds that nothing passes any more', async () => {
    const { ben, id } = await pair()
    const proxy = await openProxy()
    const { clock, waiting } = heldClock()
    const watcher = await signInAgain(ben, { clock, apiUrl: proxy.apiUrl, timeoutMs: 500 })
    const conversation = closing(watcher.tertulia.chat.openConversation(id))
    await live(conversation)
    proxy.freeze()
    waiting.splice(0)[0]?.run()
    await until(conversation, ({ status, error }) => status === 'offline' && error?.code === 'timeout')
    proxy.restore()
    await live(conversation)
  })
})

describe('it ends', () => {
  test('by closing: nothing more is heard, sent or kept', async () => {
    const { ana, ben, id } = await pair()
    const conversation = ben.tertulia.chat.openConversation(id)
    await live(conversation)
    conversation.close()
    conversation.close()
    expect(conversation.getSnapshot()).toMatchObject({ status: 'closed', closeReason: 'closed', error: null })
    await expect(conversation.send({ content: 'x' })).rejects.toMatchObject({ code: 'closed' })
    await expect(conversation.loadOlder()).rejects.toMatchObject({ code: 'closed' })
    await vi.waitFor(() => expect(ben.supabase.getChannels()).toEqual([]))
    await ana.tertulia.chat.send(id, { content: 'unheard' })
    expect(conversation.getSnapshot().messages).toEqual([])
  })

  test('by signing out', async () => {
    const { ben, id } = await pair()
    const conversation = ben.tertulia.chat.openConversation(id)
    await live(conversation)
    await ben.supabase.auth.signOut({ scope: 'local' })
    await until(conversation, ({ status }) => status === 'closed')
    expect(conversation.getSnapshot().closeReason).toBe('signed-out')
    await vi.waitFor(() => expect(ben.supabase.getChannels()).toEqual([]))
  })

  test('by somebody else signing in: nothing of one is shown to the other', async () => {
    const { ana, ben, id } = await pair()
    const conversation = ben.tertulia.chat.openConversation(id)
    await live(conversation)
    const eve = await signUp('Eve')
    const { data } = await eve.supabase.auth.getSession()
    await ben.supabase.auth.setSession(data.session!)
    await until(conversation, ({ status }) => status === 'closed')
    expect(conversation.getSnapshot().closeReason).toBe('signed-out')
    const again = closing(ben.tertulia.chat.openConversation(id))
    await until(again, ({ status }) => status === 'closed')
    expect(again.getSnapshot()).toMatchObject({
      closeReason: 'error',
      error: { code: 'conversation_not_found' },
      messages: [],
    })
    expect(ana.id).not.toBe(eve.id)
  })

  test('for whoever does not take part or is not signed in', async () => {
    const { id } = await pair()
    const eve = await signUp('Eve')
    const outside = eve.tertulia.chat.openConversation(id)
    await until(outside, ({ status }) => status === 'closed')
    expect(outside.getSnapshot()).toMatchObject({
      closeReason: 'error',
      error: { code: 'conversation_not_found' },
    })
    await eve.supabase.auth.signOut({ scope: 'local' })
    const stranger = eve.tertulia.chat.openConversation(id)
    await until(stranger, ({ status }) => status === 'closed')
    expect(stranger.getSnapshot()).toMatchObject({ closeReason: 'error', error: { code: 'not_signed_in' } })
    expect(() => eve.tertulia.chat.openConversation('42')).toThrow(
      expect.objectContaining({ code: 'invalid_input' }),
    )
  })
})

test('one channel serves every conversation, and the last to close leaves it', async () => {
  const { ana, ben, id } = await pair()
  const eve = await signUp('Eve')
  const first = ben.tertulia.chat.openConversation(id)
  const second = await ben.tertulia.chat.openDirect(eve.id)
  const third = ben.tertulia.chat.openConversation(id)
  await Promise.all([live(first), live(second), live(third)])
  // Beside it there is one for each conversation, for what passes while it is open.
  const topics = () =>
    ben.supabase.getChannels().map(({ subTopic }) => subTopic.split(':').slice(0, 2).join(':'))
  await vi.waitFor(() =>
    expect(topics().sort()).toEqual(
      [`user:${ben.id}`, `conversation:${id}`, `conversation:${second.id}`].sort(),
    ),
  )
  first.close()
  second.close()
  await ana.tertulia.chat.send(id, { content: 'still heard' })
  await until(third, ({ messages }) => messages.length === 1)
  third.close()
  await vi.waitFor(() => expect(ben.supabase.getChannels()).toEqual([]))
})

test('opening again at once after closing goes live again', async () => {
  const { ana, ben, id } = await pair()
  for (let i = 0; i < 5; i++) {
    const conversation = ben.tertulia.chat.openConversation(id)
    if (i % 2) await live(conversation)
    conversation.close()
  }
  const conversation = closing(ben.tertulia.chat.openConversation(id))
  await live(conversation)
  await ana.tertulia.chat.send(id, { content: 'here' })
  await until(conversation, ({ messages }) => messages.length === 1)
})
