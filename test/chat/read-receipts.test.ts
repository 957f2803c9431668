import type { ConversationSnapshot, LiveInbox, OpenConversation } from 'tertulia'
import { expect, test, vi } from 'vitest'
import { closingInbox, createHeldClock, liveInbox, untilInbox } from '../support/live-inbox.ts'
import { connect, type Person, signInAgain, signUp } from '../support/people.ts'
import { withoutBroadcasts } from '../support/silence.ts'
import { closing, live, until } from '../support/watching.ts'
import { connectToDatabase, upTo } from './sql/database.ts'

async function pair(messages = 3) {
  const clock = createHeldClock()
  const [ana, ben] = await Promise.all([signUp('Ana', { clock }), signUp('Ben')])
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  for (const n of upTo(messages)) await ana.tertulia.chat.send(id, { content: `${n}` })
  return { ana, ben, id, clock }
}

const readBy = (person: Person, { conversation }: Pick<ConversationSnapshot, 'conversation'>) =>
  conversation?.participants.find(({ id }) => id === person.id)?.lastReadSeq

const shows = (conversation: OpenConversation, person: Person, seq: number) =>
  until(conversation, (snapshot) => snapshot.status === 'live' && readBy(person, snapshot) === seq)

const inboxShows = (inbox: LiveInbox, person: Person, seq: number) =>
  untilInbox(inbox, ({ items: [item] }) => item !== undefined && readBy(person, item) === seq)

test('a mark shows to the other user at once, though its reader has nothing open', async () => {
  const { ana, ben, id } = await pair()
  const hers = closing(ana.tertulia.chat.openConversation(id))
  const inbox = closingInbox(ana.tertulia.chat.watchInbox())
  await Promise.all([live(hers), liveInbox(inbox)])
  await ben.tertulia.chat.markRead(id, 2)
  await shows(hers, ben, 2)
  await inboxShows(inbox, ben, 2)
})

test('a mark that is set at once on opening shows to the other user', async () => {
  const { ana, ben, id } = await pair()
  const hers = closing(ana.tertulia.chat.openConversation(id))
  await live(hers)
  await closing(ben.tertulia.chat.openConversation(id)).markRead(3)
  await shows(hers, ben, 3)
})

test('marks whose events are all lost are there after one check, in conversations, in inboxes and in both', async () => {
  const { ana, ben, id, clock } = await pair(6)
  const hers = closing(ana.tertulia.chat.openConversation(id))
  await live(hers)
  await withoutBroadcasts(ana.id, () => ben.tertulia.chat.markRead(id, 2))
  expect(readBy(ben, hers.getSnapshot())).toBe(0)
  clock.check()
  await shows(hers, ben, 2)

  const inbox = closingInbox(ana.tertulia.chat.watchInbox())
  await liveInbox(inbox)
  await withoutBroadcasts(ana.id, () => ben.tertulia.chat.markRead(id, 4))
  clock.check()
  await Promise.all([shows(hers, ben, 4), inboxShows(inbox, ben, 4)])

  hers.close()
  await withoutBroadcasts(ana.id, () => ben.tertulia.chat.markRead(id, 6))
  clock.check()
  await inboxShows(inbox, ben, 6)
})

test('a check that finds all marks known asks for nothing more', async () => {
  const { ana, ben, id } = await pair()
  const clock = createHeldClock()
  const onOperation = vi.fn()
  const device = await signInAgain(ana, { clock, onOperation })
  const hers = closing(device.tertulia.chat.openConversation(id))
  await live(hers)
  await ben.tertulia.chat.markRead(id)
  await ben.tertulia.chat.send(id, { content: 'an answer' })
  await shows(hers, ben, 4)
  await device.tertulia.chat.markRead(id)
  await until(hers, ({ unread }) => unread === 0)
  onOperation.mockClear()
  clock.check()
  await vi.waitFor(() => expect(onOperation).toHaveBeenCalled())
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(onOperation.mock.calls.map(([{ operation }]) => operation)).toEqual(['chat.headCheck'])
})

test('a mark that was set while the socket was cut is there once it is joined again', async () => {
  const { ana, ben, id } = await pair()
  const hers = closing(ana.tertulia.chat.openConversation(id))
  await live(hers)
  await ana.supabase.realtime.disconnect()
  await ben.tertulia.chat.markRead(id)
  await shows(hers, ben, 3)
})

test('nobody but the database says who has read what', async () => {
  const { ana, ben, id } = await pair()
  const eve = await signUp('Eve')
  const hers = closing(ana.tertulia.chat.openConversation(id))
  const inbox = closingInbox(ana.tertulia.chat.watchInbox())
  await Promise.all([live(hers), liveInbox(inbox)])
  const { data } = await ben.supabase.rpc('sync_conversation', { conversation_id: id })
  const forged = { conversation_id: id, user_id: ben.id, last_read_seq: 3, seq: 3, read: 3, typing: true }

  // On the topic of those who have it open, where participants may say what they like.
  const attacker = await signInAgain(ben)
  await attacker.supabase.realtime.setAuth()
  const open = attacker.supabase.channel(`conversation:${id}:${data.live_key}`, { config: { private: true } })
  expect(await new Promise((resolve) => open.subscribe(resolve))).toBe('SUBSCRIBED')
  for (const event of ['read', 'live', 'mine', 'message', 'conversation']) {
    await open.send({ type: 'broadcast', event, payload: forged })
  }
  await until(hers, ({ typing }) => typing.includes(ben.id))

  // On the channel of the other user, joined, unjoined and over REST, as participant, as stranger and as nobody.
  for (const { supabase } of [attacker, eve, { supabase: connect() }]) {
    for (const isPrivate of [true, false]) {
      const channel = supabase.channel(`user:${ana.id}`, { config: { private: isPrivate } })
      await channel.httpSend('read', forged).catch(() => {})
      await new Promise((resolve) => channel.subscribe((status) => status !== 'CLOSED' && resolve(status)))
      await channel.send({ type: 'broadcast', event: 'read', payload: forged })
      await supabase.removeChannel(channel)
    }
    const { error } = await supabase
      .schema('realtime' as never)
      .from('messages' as never)
      .insert({
        topic: `user:${ana.id}`,
        extension: 'broadcast',
        event: 'read',
        payload: forged,
        private: true,
      } as never)
    expect(error).not.toBeNull()
  }
  expect((await eve.supabase.rpc('mark_read', { conversation_id: id, seq: 3 })).error?.code).toBe('TT000')

  // What came before the next message would have shown by then.
  await ana.tertulia.chat.send(id, { content: 'one more' })
  await until(hers, ({ messages }) => messages.length === 4)
  expect(readBy(ben, hers.getSnapshot())).toBe(0)
  expect(readBy(ben, inbox.getSnapshot().items[0]!)).toBe(0)
})

test('while one of two users blocks the other, neither sees how far the other reads', async () => {
  const { ana, ben, id, clock } = await pair()
  await ben.tertulia.chat.markRead(id, 1)
  const hers = closing(ana.tertulia.chat.openConversation(id))
  const inbox = closingInbox(ana.tertulia.chat.watchInbox())
  await Promise.all([live(hers), liveInbox(inbox)])
  await ben.tertulia.chat.block(ana.id)
  expect(await ben.tertulia.chat.markRead(id)).toEqual({ lastReadSeq: 3, unread: 0 })
  const position = (await ana.supabase.rpc('sync_inbox')).data.position
  await ben.tertulia.chat.setFlags(id, { muted: true })
  expect((await ana.supabase.rpc('sync_inbox', { since: position })).data).toEqual({
    anew: false,
    position: expect.any(Number),
    total: 1,
    items: [],
    removed: [],
  })
  clock.check()
  await until(hers, ({ status }) => status === 'live')
  const later = closing((await signInAgain(ana)).tertulia.chat.openConversation(id))
  for (const shown of [hers.getSnapshot(), inbox.getSnapshot().items[0]!, await live(later)]) {
    expect(readBy(ben, shown)).toBe(1)
  }
  // The user's own devices know it.
  const own = closing((await signInAgain(ben)).tertulia.chat.openConversation(id))
  expect(await live(own)).toMatchObject({ lastReadSeq: 3, unread: 0 })

  await ben.tertulia.chat.unblock(ana.id)
  await ana.tertulia.chat.send(id, { content: 'again' })
  await ben.tertulia.chat.markRead(id)
  await shows(hers, ben, 4)
})

test('a mark costs at most twenty rows for others, and reaches those whose messages were read', async () => {
  const { sql, call, people, group, send, delivered } = connectToDatabase()
  const everybody = await people(60)
  const [ana = '', ben = '', eve = ''] = everybody
  for (const { size, told } of [
    { size: 2, told: 1 },
    { size: 20, told: 19 },
    { size: 60, told: 2 },
  ]) {
    const id = await group(everybody.slice(0, size))
    for (const sender of size > 2 ? [ana, ben, ana] : [ana]) await send(sender, id)
    await call(size > 2 ? eve : ben, 'mark_read', { conversation_id: id, seq: 3 })
    const rows = await sql`
      select topic from realtime.messages where event = 'read' and payload ->> 'conversation_id' = ${id}`
    expect(rows.length, `${size} people`).toBe(told)
    expect((await delivered(ana, id)).filter(({ event }) => event === 'read')).toHaveLength(1)
  }
})

test('marks beyond the limit are kept and found by a check; those who were removed hear of none', async () => {
  const { sql, call, people, group, send } = connectToDatabase()
  const [ana = '', ben = '', eve = ''] = await people(3)
  const id = await group([ana, ben, eve])
  await call(ana, 'remove_participant', { conversation_id: id, user_id: eve })
  for (let n = 0; n < 5; n++) await send(ana, id)
  await sql`
    insert into private.rate_limits (user_id, action, tokens, refilled_at, burst) values (${ben}, 'receipt', 2, now(), 1)`
  for (const seq of upTo(5)) await call(ben, 'mark_read', { conversation_id: id, seq })
  const told = await sql<{ topic: string }[]>`
    select topic from realtime.messages where event = 'read' and payload ->> 'conversation_id' = ${id}`
  expect(told.length).toBeLessThan(5)
  expect(new Set(told.map(({ topic }) => topic))).toEqual(new Set([`user:${ana}`]))
  const read = (since?: number) =>
    call<{ position: number; heads: Record<string, [number, Record<string, number>]> }>(ana, 'list_heads', {
      conversation_ids: [id],
      ...(since && { since }),
    })
  const { position, heads } = await read()
  expect(heads[id]?.[1]).toEqual({ [ana]: 7, [ben]: 5 })
  // The caller's own mark always, of the others' what has moved; an open transaction holds the position back.
  await expect
    .poll(async () => (await read((await read()).position)).heads[id]?.[1], { timeout: 10_000 })
    .toEqual({ [ana]: 7 })
  await send(ana, id)
  await call(ben, 'mark_read', { conversation_id: id, seq: 8 })
  expect((await read(position)).heads[id]?.[1]).toEqual({ [ana]: 8, [ben]: 8 })
  // A position of another database, as after a restore, is none.
  expect((await read(10 ** 15)).heads[id]?.[1]).toEqual({ [ana]: 8, [ben]: 8 })
})

test('two marks of one user at once leave the higher one, and every receipt is of a mark that was set', async () => {
  const { sql, call, people, send } = connectToDatabase()
  const [ana = '', ben = ''] = await people(2)
  const { id } = await call<{ id: string }>(ana, 'open_direct', { other_id: ben })
  for (let n = 0; n < 20; n++) await send(ana, id)
  await Promise.all(upTo(20).map((seq) => call(ben, 'mark_read', { conversation_id: id, seq })))
  const [row] = await sql`
    select last_read_seq::integer as read, receipt_seq::integer as receipt from public.conversation_participants
    where conversation_id = ${id} and user_id = ${ben}`
  expect(row).toEqual({ read: 20, receipt: 20 })
  const told = await sql<{ seq: number }[]>`
    select (payload ->> 'last_read_seq')::integer as seq from realtime.messages
    where event = 'read' and payload ->> 'conversation_id' = ${id} order by id`
  expect(Math.max(...told.map(({ seq }) => seq))).toBe(20)
})
