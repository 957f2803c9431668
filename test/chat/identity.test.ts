import { createClient } from '@supabase/supabase-js'
import { createTertulia } from 'tertulia'
import { expect, inject, onTestFinished, test, vi } from 'vitest'
import { faultyFetch } from '../support/fetch.ts'
import { connect, signInAgain, signUp } from '../support/people.ts'
import { openProxy } from '../support/proxy.ts'
import { signToken } from '../support/token.ts'
import { closing, live, until } from '../support/watching.ts'

const password = 'correct-horse-battery'

async function pair() {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  return { ana, ben, id }
}

test('what one person did not get sent is never sent as the next, and goes when they return', async () => {
  const { ana, ben, id } = await pair()
  const proxy = await openProxy()
  const items = new Map<string, string>()
  const storage = {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  }
  const device = await signInAgain(ana, { apiUrl: proxy.apiUrl, storage })
  const mine = device.tertulia.chat.openConversation(id)
  await live(mine)
  proxy.block()
  for (let n = 1; n <= 10; n++) await mine.send({ content: `from Ana ${n}` })
  const alone = device.tertulia.chat.send(id, { content: 'from Ana, by hand' }).catch((error) => error.code)
  expect(mine.getSnapshot().pending).toHaveLength(10)
  await device.supabase.auth.signOut({ scope: 'local' })
  expect(mine.getSnapshot()).toMatchObject({
    status: 'closed',
    closeReason: 'signed-out',
    messages: [],
    pending: [],
    conversation: null,
  })
  proxy.restore()
  await device.supabase.auth.signInWithPassword({ email: ben.email, password })
  expect(await alone).toBe('not_signed_in')

  const bens = closing(device.tertulia.chat.openConversation(id))
  await live(bens)
  expect(bens.getSnapshot()).toMatchObject({ messages: [], pending: [] })
  await bens.send({ content: 'from Ben' })
  await until(bens, ({ messages, pending }) => messages.length === 1 && pending.length === 0)
  // The event of a message may come a moment before the database shows it.
  await vi.waitFor(async () =>
    expect((await ana.tertulia.chat.listMessages(id)).items).toMatchObject([
      { senderId: ben.id, content: 'from Ben' },
    ]),
  )

  await device.supabase.auth.signInWithPassword({ email: ana.email, password })
  const again = closing(device.tertulia.chat.openConversation(id))
  const { messages } = await until(again, (shown) => shown.messages.length === 11)
  expect(messages.slice(1).map(({ content, senderId }) => [content, senderId])).toEqual(
    Array.from({ length: 10 }, (_, i) => [`from Ana ${i + 1}`, ana.id]),
  )
  await vi.waitFor(() => expect([...items.keys()]).toEqual([]))
})

test('a session that cannot be refreshed now is no sign-out', async () => {
  const { ana, ben, id } = await pair()
  let refreshFails = false
  const items = new Map<string, string>()
  const supabase = createClient(inject('stack').apiUrl, inject('stack').publishableKey, {
    auth: {
      autoRefreshToken: false,
      storageKey: 'session',
      storage: {
        getItem: (key) => items.get(key) ?? null,
        setItem: (key, value) => void items.set(key, value),
        removeItem: (key) => void items.delete(key),
      },
    },
    global: {
      fetch: faultyFetch((path) =>
        refreshFails && path === '/auth/v1/token' ? new Response('{}', { status: 503 }) : 'pass',
      ),
    },
  })
  onTestFinished(async () => void (await supabase.realtime.disconnect()))
  await supabase.auth.signInWithPassword({ email: ben.email, password })
  const wakes = new Set<() => void>()
  const tertulia = createTertulia(supabase, {
    timeoutMs: 500,
    lifecycle: {
      onWake(wake) {
        wakes.add(wake)
        return () => wakes.delete(wake)
      },
    },
  })
  const conversation = closing(tertulia.chat.openConversation(id))
  await live(conversation)

  // As after a long sleep: the token is past its end, and the server that renews it does not answer.
  refreshFails = true
  const session = JSON.parse(items.get('session') ?? '')
  items.set('session', JSON.stringify({ ...session, expires_at: 1 }))
  for (const wake of wakes) wake()
  await until(conversation, ({ status, error }) => status === 'offline' && error?.retryable === true)
  await expect(tertulia.profiles.update({ bio: 'x' })).rejects.toMatchObject({ retryable: true })
  await ana.tertulia.chat.send(id, { content: 'meanwhile' })
  expect(conversation.getSnapshot().status).not.toBe('closed')

  // Nor where that is so from the start, as on a phone that wakes in a tunnel: what is said then waits, and goes.
  const later = closing(
    createTertulia(supabase, { lifecycle: silent, timeoutMs: 500 }).chat.openConversation(id),
  )
  await until(later, ({ status, error }) => status === 'offline' && error?.retryable === true)
  const said = later.send({ content: 'from the tunnel' })
  const gone = createTertulia(supabase).chat.openConversation(id)
  const never = gone.send({ content: 'never' })
  gone.close()
  await expect(never).rejects.toMatchObject({ code: 'closed' })
  refreshFails = false
  await expect(said).resolves.toMatchObject({ content: 'from the tunnel' })
  await until(
    later,
    ({ status, pending, messages }) => status === 'live' && pending.length === 0 && messages.length === 2,
  )
})

const silent = { onWake: () => () => {} }

test('a third party’s token that changes hands closes what was open', async () => {
  const { ana, id } = await pair()
  const eve = await signUp('Eve')
  const tokenOf = (sub: string) =>
    signToken({ sub, role: 'authenticated', exp: Math.floor(Date.now() / 1000) + 600 })
  let token = await tokenOf(ana.id)
  const { apiUrl, publishableKey } = inject('stack')
  const supabase = createClient(apiUrl, publishableKey, { accessToken: async () => token })
  onTestFinished(async () => void (await supabase.realtime.disconnect()))
  const wakes = new Set<() => void>()
  const tertulia = createTertulia(supabase, {
    lifecycle: {
      onWake(wake) {
        wakes.add(wake)
        return () => wakes.delete(wake)
      },
    },
  })
  const conversation = tertulia.chat.openConversation(id)
  await live(conversation)
  token = await tokenOf(eve.id)
  for (const wake of wakes) wake()
  await until(conversation, ({ status }) => status === 'closed')
  expect(conversation.getSnapshot()).toMatchObject({ closeReason: 'signed-out', messages: [] })
})

test('a third party’s token that cannot be had when something opens is asked for until it can', async () => {
  const { ana, id } = await pair()
  const token = await signToken({
    sub: ana.id,
    role: 'authenticated',
    exp: Math.floor(Date.now() / 1000) + 600,
  })
  const { apiUrl, publishableKey } = inject('stack')
  let isOff = true
  const supabase = createClient(apiUrl, publishableKey, {
    accessToken: async () => {
      if (isOff) throw new TypeError('Network request failed')
      return token
    },
  })
  onTestFinished(async () => void (await supabase.realtime.disconnect()))
  const conversation = closing(createTertulia(supabase).chat.openConversation(id))
  await until(conversation, ({ status, error }) => status === 'offline' && error !== null)
  isOff = false
  await live(conversation)
})

test('several clients of ours on one supabase-js client share the channel in peace', async () => {
  const { ben, id } = await pair()
  const onOperation = vi.fn()
  const other = createTertulia(ben.supabase, { onOperation })
  const first = closing(ben.tertulia.chat.openConversation(id))
  const second = closing(other.chat.openConversation(id))
  await Promise.all([live(first), live(second)])
  const seen: string[] = []
  first.subscribe(() => seen.push(first.getSnapshot().status))
  second.subscribe(() => seen.push(second.getSnapshot().status))
  for (let n = 1; n <= 5; n++) {
    await first.send({ content: `${n}` })
    await until(second, ({ messages }) => messages.length === n)
  }
  expect(new Set(seen)).toEqual(new Set(['live']))
  expect(
    ben.supabase
      .getChannels()
      .map(({ subTopic }) => subTopic.split(':')[0])
      .sort(),
  ).toEqual(['conversation', 'user'])
})

test('nobody joins another person’s channel or writes to it, by hand either', async () => {
  const { ana, ben } = await pair()
  const join = (supabase: typeof ana.supabase, topic: string) =>
    new Promise<string>((resolve) => {
      supabase.channel(topic, { config: { private: true } }).subscribe((status) => resolve(status))
    })
  await ana.supabase.realtime.setAuth()
  expect(await join(ana.supabase, `user:${ben.id}`)).toBe('CHANNEL_ERROR')
  const stranger = connect()
  expect(await join(stranger, `user:${ben.id}`)).toBe('CHANNEL_ERROR')
  const channel = ben.supabase.channel(`user:${ben.id}`, {
    config: { private: true, broadcast: { ack: true } },
  })
  await ben.supabase.realtime.setAuth()
  await new Promise<void>((resolve) => {
    channel.subscribe((status) => status === 'SUBSCRIBED' && resolve())
  })
  expect(await channel.send({ type: 'broadcast', event: 'message', payload: { forged: true } })).toBe('error')
})
