import { createTertulia } from 'tertulia'
import { expect, inject, test, vi } from 'vitest'
import { createPhone, type Phone, signInOn, startApp, storageOver } from '../support/app.ts'
import { faultyFetch } from '../support/fetch.ts'
import { connect, type Person, signInAgain, signUp } from '../support/people.ts'
import { openProxy } from '../support/proxy.ts'
import { live, until } from '../support/watching.ts'

async function pair() {
  const [ana, ben] = (await Promise.all([signUp('Ana'), signUp('Ben')])) as [Person, Person]
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  const contents = async (conversationId = id) => {
    const { items } = await ben.tertulia.chat.listMessages(conversationId, { limit: 200 })
    return items.flatMap(({ content, system }) => (system ? [] : content)).reverse()
  }
  return { ana, ben, id, contents }
}

const within = { timeout: 20_000, interval: 20 }

/** A phone on which a message was written without a network, and the app ended after it. */
async function phoneWith(
  person: Person,
  conversationId: string,
  texts: string[],
  apiUrl?: string,
): Promise<Phone> {
  const phone = createPhone()
  let isOff = false
  const first = startApp(phone, {
    apiUrl,
    fetch: faultyFetch((path) =>
      isOff && path.endsWith('/send_message') ? new Response('', { status: 503 }) : 'pass',
    ),
  })
  await signInOn(first, person)
  isOff = true
  const conversation = first.tertulia.chat.openConversation(conversationId)
  for (const content of texts) await conversation.send({ content })
  first.tertulia.close()
  return phone
}

test('what an earlier start left unsent goes with nothing open, in order', async () => {
  const { ana, id, contents } = await pair()
  const phone = await phoneWith(ana, id, ['one', 'two'])
  startApp(phone)
  await vi.waitFor(async () => expect(await contents()).toEqual(['one', 'two']), within)
  await vi.waitFor(() => expect([...phone.kept.keys()]).toEqual([]))
})

test('with the inbox open alone it goes when the network is back, and the inbox says what waits and what failed', async () => {
  const { ana, ben, id, contents } = await pair()
  const { id: groupId } = await ana.tertulia.chat.createGroup({ subject: 'Ensayo', memberIds: [ben.id] })
  const proxy = await openProxy()
  const phone = await phoneWith(ana, id, ['one'], proxy.apiUrl)
  proxy.block()
  const app = startApp(phone, { apiUrl: proxy.apiUrl })
  const inbox = app.tertulia.chat.watchInbox()
  const group = app.tertulia.chat.openConversation(groupId)
  await group.send({ content: 'two' })
  await group.send({ content: 'to nobody', replyTo: crypto.randomUUID() })
  group.close()
  const counts = () => inbox.getSnapshot().unsent
  await vi.waitFor(() =>
    expect(counts()).toEqual({
      waiting: 3,
      failed: 0,
      byConversation: { [id]: { waiting: 1, failed: 0 }, [groupId]: { waiting: 2, failed: 0 } },
    }),
  )
  proxy.restore()
  await vi.waitFor(
    async () => expect([await contents(), await contents(groupId)]).toEqual([['one'], ['two']]),
    within,
  )
  await vi.waitFor(
    () =>
      expect(counts()).toEqual({
        waiting: 0,
        failed: 1,
        byConversation: { [groupId]: { waiting: 0, failed: 1 } },
      }),
    within,
  )
  inbox.close()
})

test('a message goes though the conversation is closed in the same moment', async () => {
  const { ana, id, contents } = await pair()
  const conversation = ana.tertulia.chat.openConversation(id)
  await live(conversation)
  const sent = conversation.send({ content: 'and away' })
  conversation.close()
  await expect(sent).resolves.toMatchObject({ content: 'and away' })
  await vi.waitFor(async () => expect(await contents()).toEqual(['and away']), within)
  await expect(conversation.send({ content: 'too late' })).rejects.toMatchObject({ code: 'closed' })
})

test('it goes after a cut, with the conversation closed and nothing else open', async () => {
  const { ana, id, contents } = await pair()
  const proxy = await openProxy()
  const device = await signInAgain(ana, { apiUrl: proxy.apiUrl })
  const conversation = device.tertulia.chat.openConversation(id)
  await live(conversation)
  proxy.block()
  await conversation.send({ content: 'later' })
  conversation.close()
  proxy.restore()
  await vi.waitFor(async () => expect(await contents()).toEqual(['later']), within)
  device.tertulia.close()
})

/** Counts what is asked of a storage, of the network and of time. */
function watched() {
  const calls: string[] = []
  const running = new Set<object>()
  const keep = () => {
    const one = {}
    running.add(one)
    return () => void running.delete(one)
  }
  return {
    calls,
    running,
    options: {
      lifecycle: { onWake: keep, onOffline: keep, onHide: keep },
      clock: {
        now: () => Date.now(),
        after(ms: number, run: () => void) {
          const end = keep()
          const timer = setTimeout(() => {
            end()
            run()
          }, ms)
          return () => {
            end()
            clearTimeout(timer)
          }
        },
      },
      fetch: faultyFetch((path) => {
        calls.push(path)
        return 'pass'
      }),
    },
  }
}

test('with nothing unsent a new client reads its storage after it is made, and asks, opens and schedules nothing', async () => {
  const { ana } = await pair()
  const phone = createPhone()
  const before = startApp(phone)
  await signInOn(before, ana)
  before.tertulia.close()
  const { options, calls, running } = watched()
  const reads: string[] = []
  const kept = storageOver(phone.kept)
  const app = startApp(phone, {
    ...options,
    storage: {
      ...kept,
      getItem(key) {
        reads.push(key)
        return kept.getItem(key)
      },
    },
  })
  expect(reads).toEqual([])
  await vi.waitFor(() => expect(reads).not.toHaveLength(0))
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect({ calls, running: running.size, channels: app.supabase.getChannels() }).toEqual({
    calls: [],
    running: 0,
    channels: [],
  })
})

test('with a message that failed alone nothing is asked, opened or scheduled either', async () => {
  const { ana, id } = await pair()
  const phone = createPhone()
  const first = startApp(phone)
  await signInOn(first, ana)
  const conversation = first.tertulia.chat.openConversation(id)
  await conversation.send({ content: 'x', replyTo: crypto.randomUUID() })
  await until(conversation, ({ pending }) => pending[0]?.status === 'failed')
  first.tertulia.close()
  const { options, calls, running } = watched()
  const app = startApp(phone, options)
  await vi.waitFor(async () => expect(await app.tertulia.chat.listUnsent()).toHaveLength(1))
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect({ calls, running: running.size }).toEqual({ calls: [], running: 0 })
})

test('without a storage that lasts, as on a server, nothing starts by itself', async () => {
  const { options, calls, running } = watched()
  const { fetch, ...rest } = options
  const supabase = connect(inject('stack').apiUrl, fetch)
  const watching = vi.spyOn(supabase.auth, 'onAuthStateChange')
  createTertulia(supabase, rest)
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(calls).toEqual([])
  expect(running.size).toBe(0)
  expect(watching).not.toHaveBeenCalled()
})

test('close() ends sending, timers and listeners, and what is unsent stays for the next client', async () => {
  const { ana, id, contents } = await pair()
  const proxy = await openProxy()
  const phone = await phoneWith(ana, id, ['one'], proxy.apiUrl)
  const { options, calls, running } = watched()
  proxy.block()
  const app = startApp(phone, { ...options, apiUrl: proxy.apiUrl })
  await vi.waitFor(() => expect(running.size).toBeGreaterThan(0))
  const conversation = app.tertulia.chat.openConversation(id)
  const inbox = app.tertulia.chat.watchInbox()
  app.tertulia.close()
  app.tertulia.close()
  await vi.waitFor(() => expect(running.size).toBe(0))
  for (const handle of [conversation, inbox, app.tertulia.chat.openConversation(id)]) {
    expect(handle.getSnapshot()).toMatchObject({ status: 'closed', closeReason: 'closed' })
  }
  proxy.restore()
  const before = calls.length
  await new Promise((resolve) => setTimeout(resolve, 500))
  expect(calls.length).toBe(before)
  expect(await contents()).toEqual([])
  startApp(phone, { apiUrl: proxy.apiUrl })
  await vi.waitFor(async () => expect(await contents()).toEqual(['one']), within)
})

test('after a sign-out nothing of that user is sent, and it goes when they sign in again with nothing open', async () => {
  const { ana, ben, id, contents } = await pair()
  const phone = await phoneWith(ana, id, ['of Ana'])
  phone.session.clear()
  const app = startApp(phone)
  await signInOn(app, ben)
  await app.supabase.auth.signOut({ scope: 'local' })
  expect(await contents()).toEqual([])
  await signInOn(app, ana)
  await vi.waitFor(async () => expect(await contents()).toEqual(['of Ana']), within)
})

test('two clients on one storage send each message once', async () => {
  const { ana, ben, id, contents } = await pair()
  const texts = Array.from({ length: 10 }, (_, n) => `${n}`)
  const phone = await phoneWith(ana, id, texts)
  startApp(phone)
  startApp(phone)
  await vi.waitFor(async () => expect(await contents()).toEqual(texts), within)
  await vi.waitFor(() => expect([...phone.kept.keys()]).toEqual([]))
  expect((await ben.tertulia.chat.getDirect(ana.id)).lastSeq).toBe(10)
})

test('a message that is sent in the moment in which the page goes is kept, though no lock is given', async () => {
  const { ana, id, contents } = await pair()
  const phone = createPhone()
  const hides = new Set<() => void>()
  let isLocked = false
  const kept = storageOver(phone.kept)
  const page = startApp(phone, {
    storage: { ...kept, lock: (_name, run) => (isLocked ? new Promise<never>(() => {}) : run()) },
    lifecycle: {
      onWake: () => () => {},
      onHide(hidden) {
        hides.add(hidden)
        return () => hides.delete(hidden)
      },
    },
  })
  await signInOn(page, ana)
  const conversation = page.tertulia.chat.openConversation(id)
  await live(conversation)
  expect(hides.size).toBe(0)
  isLocked = true
  void conversation.send({ content: 'and away' })
  await Promise.resolve()
  for (const hidden of hides) hidden()
  expect(phone.keeps('and away')).toBe(true)
  page.tertulia.close()
  startApp(phone)
  await vi.waitFor(async () => expect(await contents()).toEqual(['and away']), within)
})
