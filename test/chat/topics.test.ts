import postgres from 'postgres'
import { beforeAll, expect, inject, onTestFinished, test, vi } from 'vitest'
import { takeFreshStack } from '../support/fresh-stack.ts'
import { connect, type Person, signUp } from '../support/people.ts'

// Policies add up: the app's own open everything, and only the restrictive ones of ours are left to refuse.
await takeFreshStack()
beforeAll(async () => {
  const sql = postgres(inject('stack').adminDbUrl, { max: 1, onnotice: () => {} })
  await sql`create policy "app hears all" on realtime.messages for select to anon, authenticated using (true)`
  await sql`create policy "app says all" on realtime.messages for insert to anon, authenticated with check (true)`
  await sql.end()
})

/** What a private channel lets a user do, on a socket of its own: `CHANNEL_ERROR`, or how a broadcast is answered. */
async function access(person: Person | null, topic: string): Promise<string> {
  const supabase = connect()
  const token = (await person?.supabase.auth.getSession())?.data.session?.access_token
  if (token) await supabase.realtime.setAuth(token)
  const channel = supabase.channel(topic, { config: { private: true, broadcast: { ack: true } } })
  const status = await new Promise<string>((resolve) => {
    channel.subscribe((state) => state !== 'CLOSED' && resolve(state))
  })
  if (status !== 'SUBSCRIBED') return status
  return channel.send({ type: 'broadcast', event: 'x', payload: {} })
}

function database() {
  const sql = postgres(inject('stack').adminDbUrl, { max: 1, onnotice: () => {} })
  onTestFinished(() => sql.end())
  const keyOf = async (conversation: string) =>
    (await sql`select live_key from public.conversations where id = ${conversation}`)[0]?.live_key as string
  return { sql, keyOf, topicOf: async (id: string) => `conversation:${id}:${await keyOf(id)}` }
}

async function trio() {
  const [ana, ben, eve] = (await Promise.all(['Ana', 'Ben', 'Eve'].map((name) => signUp(name)))) as [
    Person,
    Person,
    Person,
  ]
  const { id } = await ana.tertulia.chat.createGroup({ memberIds: [ben.id, eve.id] })
  return { ana, ben, eve, id }
}

test('no policy of the app opens a user channel or lets a client write to one', async () => {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  expect(await access(ana, 'app:room')).toBe('ok')
  expect(await access(null, 'app:room')).toBe('ok')
  for (const topic of [`user:${ben.id}`, `USER:${ben.id}`, `user:${ben.id.toUpperCase()}`]) {
    expect(await access(ana, topic), topic).toBe('CHANNEL_ERROR')
    expect(await access(null, topic), topic).toBe('CHANNEL_ERROR')
  }
  expect(await access(ben, `user:${ben.id}`)).toBe('error')
})

test('no policy of the app opens the topic of a conversation to users who do not know its key', async () => {
  const { ana, id } = await trio()
  const { topicOf } = database()
  const stranger = await signUp('Stranger')
  const topic = await topicOf(id)
  for (const one of [topic, `conversation:${id}:${crypto.randomUUID()}`, `conversation:${id}:`]) {
    expect(await access(stranger, one), one).toBe('CHANNEL_ERROR')
    expect(await access(null, one), one).toBe('CHANNEL_ERROR')
  }
  expect(await access(ana, `conversation:${id}:${crypto.randomUUID()}`)).toBe('CHANNEL_ERROR')
  expect(await access(ana, topic)).toBe('ok')
})

test('a request to the server says nothing in a conversation for users who do not take part', async () => {
  const { ana, ben, eve, id } = await trio()
  await ana.tertulia.chat.removeParticipant(id, eve.id)
  const topic = await database().topicOf(id)
  const heard: string[] = []
  await ana.supabase.realtime.setAuth()
  const channel = ana.supabase.channel(topic, { config: { private: true } })
  channel.on('broadcast', { event: '*' }, ({ event }) => heard.push(event))
  await new Promise<void>((resolve) => {
    channel.subscribe((state) => state === 'SUBSCRIBED' && resolve())
  })
  const { apiUrl, publishableKey } = inject('stack')
  const say = async (person: Person | null, event: string) => {
    const token = (await person?.supabase.auth.getSession())?.data.session?.access_token ?? publishableKey
    await fetch(`${apiUrl}/realtime/v1/api/broadcast`, {
      method: 'POST',
      headers: {
        apikey: publishableKey,
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ messages: [{ topic, event, payload: {}, private: true }] }),
    })
  }
  await say(await signUp('Stranger'), 'stranger')
  await say(eve, 'former')
  await say(null, 'visitor')
  await say(ben, 'participant')
  await vi.waitFor(() => expect(heard).toContain('participant'))
  expect(heard).toEqual(['participant'])
})

test.each([
  ['is removed', ({ ana, eve, id }) => ana.tertulia.chat.removeParticipant(id, eve.id)],
  ['leaves', ({ eve, id }) => eve.tertulia.chat.leave(id)],
  ['deletes the account', ({ eve }) => eve.tertulia.profiles.deleteAccount()],
] as [string, (all: Awaited<ReturnType<typeof trio>>) => Promise<unknown>][])(
  'when a participant %s the key turns, and neither key opens the topic to them',
  async (_title, go) => {
    const all = await trio()
    const { topicOf } = database()
    const before = await topicOf(all.id)
    expect(await access(all.eve, before)).toBe('ok')
    await go(all)
    const after = await topicOf(all.id)
    expect(after).not.toBe(before)
    for (const topic of [before, after]) expect(await access(all.eve, topic)).toBe('CHANNEL_ERROR')
    expect(await access(all.ben, before)).toBe('CHANNEL_ERROR')
    expect(await access(all.ben, after)).toBe('ok')
  },
)

test('a block turns the key of the direct conversation, and keeps both out until it is lifted', async () => {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  const { topicOf } = database()
  const before = await topicOf(id)
  await ana.tertulia.chat.block(ben.id)
  const after = await topicOf(id)
  expect(after).not.toBe(before)
  for (const person of [ana, ben])
    for (const topic of [before, after]) expect(await access(person, topic)).toBe('CHANNEL_ERROR')
  await ana.tertulia.chat.unblock(ben.id)
  expect(await access(ben, await topicOf(id))).toBe('ok')
})

test('no broadcast holds the key of a topic', async () => {
  const all = await trio()
  const { sql, keyOf } = database()
  const direct = await all.ana.tertulia.chat.getDirect(all.ben.id)
  const keys = [await keyOf(all.id), await keyOf(direct.id)]
  const { chat } = all.ana.tertulia
  const sent = await chat.send(all.id, { content: 'x' })
  await chat.editMessage(sent.id, 'y')
  await chat.react(sent.id, '🎸', true)
  await chat.setFlags(all.id, { muted: true })
  await chat.updateGroup(all.id, { subject: 'Ensayo' })
  await all.ben.tertulia.chat.markRead(all.id, 1)
  await chat.removeParticipant(all.id, all.eve.id)
  await chat.block(all.ben.id)
  keys.push(await keyOf(all.id), await keyOf(direct.id))
  await all.ben.tertulia.profiles.deleteAccount()
  keys.push(await keyOf(all.id), await keyOf(direct.id))
  expect(new Set(keys).size).toBe(6)
  // Broadcasts are in their table a moment after they were sent.
  await vi.waitFor(async () => {
    const rows = await sql<{ payload: unknown }[]>`
      select payload from realtime.messages where topic = ${`user:${all.ana.id}`}`
    expect(rows.length).toBeGreaterThan(8)
    for (const { payload } of rows) for (const key of keys) expect(JSON.stringify(payload)).not.toContain(key)
  })
})
