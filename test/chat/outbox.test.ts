import { expect, test, vi } from 'vitest'
import { faultyFetch } from '../support/fetch.ts'
import { type Person, signInAgain, signUp } from '../support/people.ts'
import { openProxy } from '../support/proxy.ts'
import { withoutBroadcasts } from '../support/silence.ts'
import { createSharedStorage } from '../support/storage.ts'
import { closing, live, until } from '../support/watching.ts'

async function pair(): Promise<{ ana: Person; ben: Person; id: string }> {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  return { ana, ben, id }
}

/** An event may come a moment before the database shows what it tells of. */
const expectContents = (person: Person, id: string, expected: string[]) =>
  vi.waitFor(async () => expect(await contents(person, id)).toEqual(expected))

/** Waits that are tries again pass at once; those of the head check do not pass at all. */
function quickClock() {
  const waits = new Set<{ ms: number }>()
  return {
    now: () => Date.now(),
    after(ms: number, run: () => void) {
      const wait = { ms }
      waits.add(wait)
      const end = () => {
        waits.delete(wait)
        clearTimeout(timer)
      }
      const timer = setTimeout(
        () => {
          end()
          run()
        },
        ms < 15_000 ? Math.min(ms, 5) : ms,
      )
      return end
    },
    /** Neither a request is under way nor another try to come. */
    isIdle: () => [...waits].every(({ ms }) => ms > 15_000),
  }
}

/** Resolves once something has been so at several looks in a row: what was still to come would have begun by then. */
async function settled(isSo: () => boolean): Promise<void> {
  let looks = 0
  await vi.waitFor(
    () => {
      looks = isSo() ? looks + 1 : 0
      expect(looks).toBe(5)
    },
    { timeout: 15_000, interval: 5 },
  )
}

const range = (count: number) => Array.from({ length: count }, (_, i) => `${i + 1}`)

async function contents(person: Person, id: string): Promise<string[]> {
  const { items } = await person.tertulia.chat.listMessages(id, { limit: 200 })
  return items.map(({ content }) => content).reverse()
}

test('a message shows at once, and moves to the messages when the database has it', async () => {
  const { ana, id } = await pair()
  const conversation = closing(ana.tertulia.chat.openConversation(id))
  await live(conversation)
  const seen: string[] = []
  conversation.subscribe(() => {
    const { messages, pending } = conversation.getSnapshot()
    seen.push(`${messages.length}+${pending.length}`)
  })
  const pending = await conversation.send({ content: 'hello', metadata: { mood: 'good' } })
  expect(pending).toMatchObject({
    content: 'hello',
    metadata: { mood: 'good' },
    status: 'sending',
    failure: null,
  })
  await until(conversation, (shown) => shown.messages.length === 1 && shown.pending.length === 0)
  // Never both, never neither.
  expect(new Set(seen)).toEqual(new Set(['0+1', '1+0']))
  expect(conversation.getSnapshot().messages[0]?.id).toBe(pending.id)
})

test('what is sent without a network goes in order when it is back', async () => {
  const { ana, ben, id } = await pair()
  const proxy = await openProxy()
  const device = await signInAgain(ana, { apiUrl: proxy.apiUrl })
  const conversation = closing(device.tertulia.chat.openConversation(id))
  await live(conversation)
  proxy.block()
  for (const content of range(20)) await conversation.send({ content })
  expect(conversation.getSnapshot().pending.map(({ content }) => content)).toEqual(range(20))
  proxy.restore()
  await until(conversation, ({ messages, pending }) => messages.length === 20 && pending.length === 0)
  await expectContents(ben, id, range(20))
})

test('a hundred that are cut off by the end of the app arrive whole, once and in order', async () => {
  const { ana, ben, id } = await pair()
  const storage = createSharedStorage()
  const proxy = await openProxy()
  const first = await signInAgain(ana, { apiUrl: proxy.apiUrl, storage })
  const killed = first.tertulia.chat.openConversation(id)
  await live(killed)
  proxy.block()
  for (const content of range(100)) await killed.send({ content })
  proxy.restore()
  // Half-way the process is gone: its connections end, and what it had in memory with them.
  await until(killed, ({ messages }) => messages.length >= 30)
  proxy.block()
  storage.detach()
  killed.close()
  proxy.restore()
  // A connection that was cut may be tried once more before a new one is made.
  const second = await vi.waitFor(() =>
    signInAgain(ana, { storage: storage.reattach(), apiUrl: proxy.apiUrl }),
  )
  const conversation = closing(second.tertulia.chat.openConversation(id))
  await until(conversation, ({ status, pending }) => status === 'live' && pending.length === 0)
  await expectContents(ben, id, range(100))
  await vi.waitFor(() => expect(storage.keys()).toEqual([]))
})

test('ten answers that are lost after the commit are one message', async () => {
  const { ana, ben, id } = await pair()
  let lost = 0
  const fetch = faultyFetch((path) => {
    if (!path.endsWith('/send_message') || lost === 10) return 'pass'
    lost++
    return 'lose answer'
  })
  const device = await signInAgain(ana, { fetch, random: () => 0, clock: quickClock() })
  const conversation = closing(device.tertulia.chat.openConversation(id))
  await live(conversation)
  await conversation.send({ content: 'only once' })
  await until(conversation, ({ messages, pending }) => messages.length === 1 && pending.length === 0)
  await vi.waitFor(() => expect(lost).toBe(10), 15_000)
  await expectContents(ben, id, ['only once'])
  expect((await ben.tertulia.chat.getDirect(ana.id)).lastSeq).toBe(1)
})

test('a one-shot send whose answer is lost is one message too', async () => {
  const { ana, ben, id } = await pair()
  let lost = 0
  const fetch = faultyFetch((path) => (path.endsWith('/send_message') && lost++ < 2 ? 'lose answer' : 'pass'))
  const device = await signInAgain(ana, { fetch })
  expect(await device.tertulia.chat.send(id, { content: 'only once' })).toMatchObject({ seq: 1 })
  await expectContents(ben, id, ['only once'])
})

test('one that fails for good is marked, does not hold up the rest, and can be tried again or given up', async () => {
  const { ana, ben, id } = await pair()
  let refuse = true
  const refusal = {
    code: 'TT000',
    message: 'unable to send; no',
    details: '{"code":"invalid_input"}',
    hint: 'Do not.',
  }
  const device = await signInAgain(ana, {
    fetch: async (input, init) =>
      // Not by the letters alone: an id may have them.
      refuse && String(init?.body).includes('"bad ')
        ? Response.json(refusal, { status: 400 })
        : fetch(input, init),
  })
  const conversation = closing(device.tertulia.chat.openConversation(id))
  await live(conversation)
  for (const content of ['one', 'bad 1', 'two', 'bad 2', 'three']) await conversation.send({ content })
  const { pending } = await until(
    conversation,
    (shown) => shown.messages.length === 3 && shown.pending.every(({ status }) => status === 'failed'),
  )
  expect(pending).toMatchObject([
    { content: 'bad 1', failure: { code: 'invalid_input', hint: 'Do not.' } },
    { content: 'bad 2', failure: { code: 'invalid_input' } },
  ])
  await conversation.discard(pending[0]?.id ?? '')
  refuse = false
  await conversation.retry(pending[1]?.id ?? '')
  await until(conversation, (shown) => shown.messages.length === 4 && shown.pending.length === 0)
  await expectContents(ben, id, ['one', 'two', 'three', 'bad 2'])
})

test('two tabs with one storage send each message once and keep each tab’s order', async () => {
  const { ana, ben, id } = await pair()
  const storage = createSharedStorage()
  const proxy = await openProxy()
  const tabs = await Promise.all(
    [1, 2].map(async () => {
      const device = await signInAgain(ana, { apiUrl: proxy.apiUrl, storage })
      return closing(device.tertulia.chat.openConversation(id))
    }),
  )
  await Promise.all(tabs.map(live))
  proxy.block()
  for (const n of range(15)) {
    await tabs[0]?.send({ content: `first ${n}` })
    await tabs[1]?.send({ content: `second ${n}` })
  }
  proxy.restore()
  for (const tab of tabs) {
    await until(tab, ({ messages, pending }) => messages.length === 30 && pending.length === 0)
  }
  const arrived = await vi.waitFor(async () => {
    const all = await contents(ben, id)
    expect(all).toHaveLength(30)
    return all
  })
  expect(arrived.filter((content) => content.startsWith('first'))).toEqual(range(15).map((n) => `first ${n}`))
  expect(arrived.filter((content) => content.startsWith('second'))).toEqual(
    range(15).map((n) => `second ${n}`),
  )
  await vi.waitFor(() => expect(storage.keys()).toEqual([]))
})

test('a bad message is refused at once and kept nowhere', async () => {
  const { ana, id } = await pair()
  const storage = createSharedStorage()
  const device = await signInAgain(ana, { storage })
  const conversation = closing(device.tertulia.chat.openConversation(id))
  await live(conversation)
  await expect(conversation.send({ content: '  ' })).rejects.toMatchObject({
    code: 'invalid_input',
    field: 'content',
  })
  await expect(conversation.send({ content: 'x', id: '42' })).rejects.toMatchObject({
    code: 'invalid_input',
    field: 'id',
  })
  expect(conversation.getSnapshot().pending).toEqual([])
  expect(storage.keys()).toEqual([])
})

test('with a storage that fails a message is still sent', async () => {
  const { ana, ben, id } = await pair()
  const broken = {
    getItem: () => {
      throw new Error('no storage')
    },
    setItem: () => {
      throw new Error('no storage')
    },
    removeItem: () => {
      throw new Error('no storage')
    },
  }
  const device = await signInAgain(ana, { storage: broken })
  const conversation = closing(device.tertulia.chat.openConversation(id))
  await live(conversation)
  await expect(conversation.send({ content: 'kept nowhere' })).resolves.toMatchObject({ status: 'sending' })
  await until(conversation, ({ messages, pending }) => messages.length === 1 && pending.length === 0)
  await expectContents(ben, id, ['kept nowhere'])
})

test('a lock that fails is asked for again with patience, and the message goes once it works', async () => {
  const { ana, ben, id } = await pair()
  const items = new Map<string, string>()
  let asked = 0
  let works = false
  const device = await signInAgain(ana, {
    storage: {
      getItem: (key) => items.get(key) ?? null,
      setItem: (key, value) => items.set(key, value),
      removeItem: (key) => items.delete(key),
      async lock(name, run) {
        if (!name.includes(':send:') || works) return run()
        asked++
        await new Promise((resolve) => setTimeout(resolve))
        throw new Error('no lock')
      },
    },
  })
  const conversation = closing(device.tertulia.chat.openConversation(id))
  await live(conversation)
  await conversation.send({ content: 'patient' })
  const before = asked
  // Long enough for hundreds of attempts without a pause.
  await vi.waitFor(() => expect(asked).toBeGreaterThan(before), { timeout: 10_000 })
  expect(asked).toBeLessThan(10)
  works = true
  await until(conversation, ({ messages, pending }) => messages.length === 1 && pending.length === 0)
  await expectContents(ben, id, ['patient'])
})

test('with a storage that is full a message is sent, and sent once', async () => {
  const { ana, ben, id } = await pair()
  const items = new Map<string, string>()
  let isFull = false
  const storage = {
    getItem: (key: string) => items.get(key) ?? null,
    setItem(key: string, value: string) {
      if (isFull) throw new Error('quota exceeded')
      items.set(key, value)
    },
    removeItem(key: string) {
      if (isFull) throw new Error('quota exceeded')
      items.delete(key)
    },
  }
  let requests = 0
  let isCut = true
  const fetch = faultyFetch((path) => {
    if (!path.endsWith('/send_message')) return 'pass'
    if (isCut) return new Response('', { status: 503 })
    requests++
    return 'pass'
  })
  const clock = quickClock()
  const device = await signInAgain(ana, { storage, fetch, clock })
  const conversation = closing(device.tertulia.chat.openConversation(id))
  await live(conversation)
  // One that is stored and cannot be taken out again, one that was never stored, one that is refused and cannot be marked.
  await conversation.send({ content: 'stored' })
  isFull = true
  await conversation.send({ content: 'never stored' })
  await conversation.send({ content: 'to nobody', replyTo: crypto.randomUUID() })
  expect(conversation.getSnapshot().pending).toHaveLength(3)
  isCut = false
  const shown = await until(
    conversation,
    ({ messages, pending }) =>
      messages.length === 2 && pending.length === 1 && pending[0]?.status === 'failed',
  )
  expect(shown.pending).toMatchObject([{ content: 'to nobody', status: 'failed' }])
  await expectContents(ben, id, ['stored', 'never stored'])
  await settled(clock.isIdle)
  expect(requests).toBe(3)
  // Once there is room the storage has what is left, and no more.
  isFull = false
  await conversation.discard(shown.pending[0]?.id ?? '')
  expect([...items.keys()]).toEqual([])
})

test('one’s own message shows all the time, also when its answer tells of others that are not here yet', async () => {
  const { ana, ben, id } = await pair()
  const conversation = closing(ana.tertulia.chat.openConversation(id))
  await live(conversation)
  await withoutBroadcasts(ana.id, () => ben.tertulia.chat.send(id, { content: 'unheard' }))
  const shown: number[] = []
  const stop = conversation.subscribe(() => {
    const { messages, pending } = conversation.getSnapshot()
    shown.push([...messages, ...pending].filter(({ content }) => content === 'mine').length)
  })
  await withoutBroadcasts(ana.id, async () => {
    await conversation.send({ content: 'mine' })
    await until(conversation, ({ messages, pending }) => messages.length === 2 && pending.length === 0)
  })
  stop()
  expect(new Set(shown)).toEqual(new Set([1]))
})

test('what is being stored while the last conversation closes goes all the same, once', async () => {
  const { ana, ben, id } = await pair()
  const items = new Map<string, string>()
  let requests = 0
  let locks = 0
  const clock = quickClock()
  const device = await signInAgain(ana, {
    storage: {
      getItem: async (key) => items.get(key) ?? null,
      setItem: async (key, value) => void items.set(key, value),
      removeItem: async (key) => void items.delete(key),
      async lock(_name, run) {
        locks++
        await new Promise((resolve) => setTimeout(resolve, 20))
        try {
          return await run()
        } finally {
          locks--
        }
      },
    },
    fetch: faultyFetch((path) => {
      if (path.endsWith('/send_message')) requests++
      return 'pass'
    }),
    clock,
  })
  const conversation = device.tertulia.chat.openConversation(id)
  await live(conversation)
  const sent = conversation.send({ content: 'send and go back' })
  await until(conversation, ({ pending }) => pending.length === 1)
  conversation.close()
  await sent
  await expectContents(ben, id, ['send and go back'])
  await settled(() => locks === 0 && clock.isIdle())
  expect(requests).toBe(1)
  expect([...items.keys()]).toEqual([])
})

test('what is given up while the storage is read does not come back', async () => {
  const { ana, id } = await pair()
  const items = new Map<string, string>()
  let reads = 0
  let reading = 0
  const clock = quickClock()
  const device = await signInAgain(ana, {
    storage: {
      async getItem(key) {
        const value = items.get(key) ?? null
        reads++
        reading++
        await new Promise((resolve) => setTimeout(resolve, 20))
        reading--
        return value
      },
      setItem: (key, value) => items.set(key, value),
      removeItem: (key) => items.delete(key),
    },
    fetch: faultyFetch((path) =>
      path.endsWith('/send_message') ? new Response('', { status: 503 }) : 'pass',
    ),
    clock,
  })
  const conversation = closing(device.tertulia.chat.openConversation(id))
  await live(conversation)
  for (let round = 0; round < 10; round++) {
    const message = await conversation.send({ content: `${round}` })
    const before = reads
    await vi.waitFor(() => expect(reads).toBeGreaterThan(before), { interval: 1 })
    const given = conversation.discard(message.id)
    let isBack = false
    await vi.waitFor(() => expect(conversation.getSnapshot().pending).toEqual([]), { interval: 1 })
    const stop = conversation.subscribe(() => {
      if (conversation.getSnapshot().pending.length > 0) isBack = true
    })
    await given
    await settled(() => reading === 0 && clock.isIdle())
    stop()
    expect(isBack).toBe(false)
  }
})

test('what another tab gives up may be dismissed here too, without a network', async () => {
  const { ana, id } = await pair()
  const storage = createSharedStorage()
  const proxy = await openProxy()
  let attempts = 0
  const fetch = faultyFetch((path) => {
    if (path.endsWith('/send_message')) attempts++
    return 'pass'
  })
  const [here, there] = await Promise.all(
    [1, 2].map(async () => {
      const device = await signInAgain(ana, { apiUrl: proxy.apiUrl, storage, fetch, clock: quickClock() })
      const conversation = closing(device.tertulia.chat.openConversation(id))
      await live(conversation)
      return conversation
    }),
  )
  proxy.block()
  const { id: message } = await here!.send({ content: 'given up' })
  await there!.send({ content: 'kept' })
  await until(there!, ({ pending }) => pending.length === 2)
  await here!.discard(message)
  expect(here!.getSnapshot().pending.map(({ content }) => content)).not.toContain('given up')
  // Each of the two looks into the storage before it tries again, and finds that it is gone, and not how.
  const severalTries = () => {
    const before = attempts
    return vi.waitFor(() => expect(attempts).toBeGreaterThan(before + 6), 15_000)
  }
  await severalTries()
  expect(there!.getSnapshot().pending).toHaveLength(2)
  await there!.discard(message)
  expect(there!.getSnapshot().pending.map(({ content }) => content)).toEqual(['kept'])
  await severalTries()
  for (const tab of [here!, there!]) {
    expect(tab.getSnapshot().pending.map(({ content }) => content)).not.toContain('given up')
  }
  proxy.restore()
  for (const tab of [here!, there!]) {
    await until(tab, ({ messages, pending }) => messages.length === 1 && pending.length === 0)
  }
})

test('what opens while a closed one still waits for its turn sends all the same', async () => {
  const { ana, ben, id } = await pair()
  const items = new Map<string, string>()
  let waiting = 0
  let release = () => {}
  const blocked = new Promise<void>((resolve) => {
    release = resolve
  })
  const device = await signInAgain(ana, {
    storage: {
      getItem: (key) => items.get(key) ?? null,
      setItem: (key, value) => items.set(key, value),
      removeItem: (key) => items.delete(key),
      async lock(name, run) {
        // Another tab is at it, and then gone.
        if (name.includes(':send:') && waiting++ === 0) await blocked
        return run()
      },
    },
  })
  const first = device.tertulia.chat.openConversation(id)
  await live(first)
  await first.send({ content: 'patient' })
  await vi.waitFor(() => expect(waiting).toBe(1))
  first.close()
  const second = closing(device.tertulia.chat.openConversation(id))
  await live(second)
  expect(second.getSnapshot().pending).toHaveLength(1)
  release()
  await until(second, ({ messages, pending }) => messages.length === 1 && pending.length === 0)
  await expectContents(ben, id, ['patient'])
})
