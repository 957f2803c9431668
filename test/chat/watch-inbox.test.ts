import postgres from 'postgres'
import { expect, inject, onTestFinished, test, vi } from 'vitest'
import { openFaults } from '../../src/testing/index.ts'
import {
  closingInbox,
  createHeldClock,
  expectDatabase,
  liveInbox,
  untilInbox,
} from '../support/live-inbox.ts'
import { type Person, signInAgain, signUp } from '../support/people.ts'
import { openProxy } from '../support/proxy.ts'
import { closing, live } from '../support/watching.ts'

async function trio() {
  const people = await Promise.all(['Ana', 'Ben', 'Eve'].map((name) => signUp(name)))
  return people as [Person, Person, Person]
}

test('shows what is there and follows every kind of change without a request', async () => {
  const [ana, ben, eve] = await trio()
  const { id } = await ana.tertulia.chat.createGroup({ subject: 'Ensayo', memberIds: [ben.id, eve.id] })
  const direct = await ben.tertulia.chat.getDirect(ana.id)
  const onOperation = vi.fn()
  const watcher = await signInAgain(ana, { onOperation })
  const inbox = closingInbox(watcher.tertulia.chat.watchInbox())
  expect(inbox.getSnapshot()).toMatchObject({ status: 'connecting', loaded: false, items: [] })
  const seen: string[] = []
  inbox.subscribe(() => seen.push(inbox.getSnapshot().status))
  const first = await liveInbox(inbox)
  expect([...new Set(seen)]).toEqual(['connecting', 'live'])
  expect(first.items.map(({ conversation }) => conversation.id)).toEqual([direct.id, id])
  expect(first).toMatchObject({ loaded: true, unread: 0, hasMore: false, closeReason: null, error: null })
  onOperation.mockClear()

  const message = await ben.tertulia.chat.send(id, { content: 'uno' })
  await untilInbox(inbox, ({ items }) => items[0]?.unread === 1)
  expect(inbox.getSnapshot()).toMatchObject({ unread: 1, items: [{ lastMessage: { content: 'uno' } }, {}] })
  await ben.tertulia.chat.editMessage(message.id, 'dos')
  await eve.tertulia.chat.react(message.id, '👍')
  await ana.tertulia.chat.updateGroup(id, { subject: 'Concierto' })
  await ana.tertulia.chat.setFlags(direct.id, { archived: true })
  await ana.tertulia.chat.send(id, { content: 'mine' })
  await ana.tertulia.chat.markRead(id, 2)
  await ana.tertulia.chat.setFlags(id, { muted: true, pinned: true })
  await ben.tertulia.chat.send(id, { content: 'three' })
  await untilInbox(inbox, ({ items }) => items[0]?.lastMessage?.content === 'three' && items[0].pinned)
  await expectDatabase(inbox, ana)
  expect(inbox.getSnapshot()).toMatchObject({
    unread: 0,
    items: [{ unread: 1, muted: true, lastReadSeq: 4, conversation: { subject: 'Concierto', lastSeq: 5 } }],
    archived: [{ counterpart: { displayName: 'Ben' } }],
  })
  expect(onOperation).not.toHaveBeenCalled()
})

test('what comes anew, and from where one is removed, shows live', async () => {
  const [ana, ben, eve] = await trio()
  const inbox = closingInbox(ana.tertulia.chat.watchInbox())
  await liveInbox(inbox)
  const { id } = await ben.tertulia.chat.createGroup({ subject: 'Nuevo', memberIds: [ana.id, eve.id] })
  await untilInbox(inbox, ({ items }) => items.length === 1)
  await eve.tertulia.chat.getDirect(ana.id)
  await untilInbox(inbox, ({ items }) => items.length === 2)
  await ben.tertulia.chat.removeParticipant(id, ana.id)
  await untilInbox(inbox, ({ items }) => items.length === 1)
  await ben.tertulia.chat.send(id, { content: 'without Ana' })
  await ben.tertulia.chat.addParticipants(id, [ana.id])
  await untilInbox(inbox, ({ items, status }) => items.length === 2 && status === 'live')
  await expectDatabase(inbox, ana)
})

test('an item that did not change is the same object, and a snapshot until something changes', async () => {
  const [ana, ben, eve] = await trio()
  const one = await ana.tertulia.chat.getDirect(ben.id)
  await ana.tertulia.chat.getDirect(eve.id)
  const inbox = closingInbox(ana.tertulia.chat.watchInbox())
  const before = await liveInbox(inbox)
  expect(inbox.getSnapshot()).toBe(before)
  await ben.tertulia.chat.send(one.id, { content: 'x' })
  const after = await untilInbox(inbox, ({ unread }) => unread === 1)
  expect(before.unread).toBe(0)
  const of = ({ items }: typeof after, id: string) => items.find(({ counterpart }) => counterpart?.id === id)
  expect(of(after, eve.id)).toBe(of(before, eve.id))
  expect(of(after, ben.id)).not.toBe(of(before, ben.id))
})

test('what was lost with nothing after it is found by one check, which serves open conversations too', async () => {
  const [ana, ben, eve] = await trio()
  const direct = await ana.tertulia.chat.getDirect(ben.id)
  const kept = await ana.tertulia.chat.getDirect(eve.id)
  const group = await ben.tertulia.chat.createGroup({ memberIds: [ana.id] })
  const faults = await openFaults({ target: inject('stack').apiUrl })
  onTestFinished(() => faults.close())
  const clock = createHeldClock()
  const onOperation = vi.fn()
  const watcher = await signInAgain(ana, { apiUrl: faults.url, clock, onOperation })
  const inbox = closingInbox(watcher.tertulia.chat.watchInbox())
  const open = [direct.id, kept.id].map((id) => closing(watcher.tertulia.chat.openConversation(id)))
  await Promise.all([liveInbox(inbox), ...open.map(live)])
  faults.update({ drop: 1 })
  await ben.tertulia.chat.send(direct.id, { content: 'unheard' })
  await ben.tertulia.chat.removeParticipant(group.id, ana.id)
  const fresh = await eve.tertulia.chat.createGroup({ subject: 'unheard', memberIds: [ana.id] })
  await ana.tertulia.chat.setFlags(kept.id, { pinned: true })
  await vi.waitFor(() => expect(faults.counts.drop).toBeGreaterThanOrEqual(4))
  expect(inbox.getSnapshot()).toMatchObject({ status: 'live', unread: 0, items: { length: 3 } })
  onOperation.mockClear()
  clock.check()
  const { items } = await untilInbox(inbox, ({ unread }) => unread === 1)
  expect(items.map(({ conversation }) => conversation.id)).toEqual(
    [kept.id, fresh.id, direct.id].toSorted((a, b) => (a === kept.id ? -1 : b === kept.id ? 1 : 0)),
  )
  await expectDatabase(inbox, ana)
  await vi.waitFor(() => expect(open[0]?.getSnapshot().messages).toHaveLength(1))
  // One request for the inbox and both conversations, and one for the conversation that had something new.
  const operations = () => onOperation.mock.calls.map(([{ operation }]) => operation)
  expect(operations()).toEqual(['chat.syncInbox', 'chat.sync'])

  const seen: string[] = []
  inbox.subscribe(() => seen.push(inbox.getSnapshot().status))
  onOperation.mockClear()
  clock.check()
  await vi.waitFor(() => expect(operations()).toEqual(['chat.syncInbox']))
  expect(seen).toEqual([])
})

test('an event that is lost shows as soon as the next one comes', async () => {
  const [ana, ben] = await trio()
  const { id } = await ben.tertulia.chat.createGroup({ subject: 'Antes', memberIds: [ana.id] })
  const faults = await openFaults({ target: inject('stack').apiUrl })
  onTestFinished(() => faults.close())
  // No check comes to its help.
  const watcher = await signInAgain(ana, { apiUrl: faults.url, clock: createHeldClock() })
  const inbox = closingInbox(watcher.tertulia.chat.watchInbox())
  await liveInbox(inbox)
  faults.update({ drop: 1 })
  await ben.tertulia.chat.updateGroup(id, { subject: 'Ahora' })
  await vi.waitFor(() => expect(faults.counts.drop).toBe(1))
  expect(inbox.getSnapshot().items[0]?.conversation.subject).toBe('Antes')
  faults.update({})
  await ben.tertulia.chat.send(id, { content: 'x' })
  await untilInbox(inbox, ({ items, status }) => items[0]?.unread === 1 && status === 'live')
  await expectDatabase(inbox, ana)
})

test('a change that commits after a check has looked is found by the next one', async () => {
  const [ana, ben, eve] = await trio()
  const { id } = await ben.tertulia.chat.createGroup({ memberIds: [ana.id] })
  const other = await eve.tertulia.chat.createGroup({ memberIds: [ana.id] })
  const faults = await openFaults({ target: inject('stack').apiUrl })
  onTestFinished(() => faults.close())
  const clock = createHeldClock()
  const watcher = await signInAgain(ana, { apiUrl: faults.url, clock })
  const inbox = closingInbox(watcher.tertulia.chat.watchInbox())
  await liveInbox(inbox)
  faults.update({ drop: 1 })
  const sql = postgres(inject('stack').dbUrl, { max: 1, onnotice: () => {} })
  onTestFinished(() => sql.end())
  await sql.begin(async (tx) => {
    await tx`select set_config('request.jwt.claims', ${JSON.stringify({ sub: ben.id, role: 'authenticated' })}, true)`
    // A subtransaction: its number is none that a snapshot knows of.
    await tx.savepoint((inner) => inner`select public.send_message(${id}, gen_random_uuid(), 'late')`)
    await eve.tertulia.chat.send(other.id, { content: 'early' })
    clock.check()
    await untilInbox(inbox, ({ unread }) => unread === 1)
  })
  clock.check()
  await untilInbox(inbox, ({ unread }) => unread === 2)
  await expectDatabase(inbox, ana)
})

test('what the service deletes goes, whatever was heard of it', async () => {
  const [ana, ben, eve] = await trio()
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  await ana.tertulia.chat.getDirect(eve.id)
  const clock = createHeldClock()
  const watcher = await signInAgain(ana, { clock })
  const inbox = closingInbox(watcher.tertulia.chat.watchInbox())
  await liveInbox(inbox)
  const sql = postgres(inject('stack').adminDbUrl, { max: 1, onnotice: () => {} })
  onTestFinished(() => sql.end())
  await sql`delete from public.conversations where id = ${id}`
  clock.check()
  await untilInbox(inbox, ({ items }) => items.length === 1)
  await expectDatabase(inbox, ana)
})

test('catches up after a cut, and says that it is offline meanwhile', async () => {
  const [ana, ben] = await trio()
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  const proxy = await openProxy()
  const watcher = await signInAgain(ana, { apiUrl: proxy.apiUrl, random: () => 0 })
  const inbox = closingInbox(watcher.tertulia.chat.watchInbox())
  await liveInbox(inbox)
  proxy.block()
  await untilInbox(inbox, ({ status }) => status === 'offline')
  for (const content of ['a', 'b', 'c']) await ben.tertulia.chat.send(id, { content })
  proxy.restore()
  await untilInbox(inbox, ({ status, unread }) => status === 'live' && unread === 3)
  await expectDatabase(inbox, ana)
})

test('closes on sign-out and shows nothing of that person any more', async () => {
  const [ana, ben] = await trio()
  await ana.tertulia.chat.getDirect(ben.id)
  const inbox = closingInbox(ana.tertulia.chat.watchInbox())
  await liveInbox(inbox)
  await ana.supabase.auth.signOut({ scope: 'local' })
  await untilInbox(inbox, ({ status }) => status === 'closed')
  expect(inbox.getSnapshot()).toMatchObject({ closeReason: 'signed-out', items: [], unread: 0 })
  const nobody = closingInbox(ana.tertulia.chat.watchInbox())
  await untilInbox(nobody, ({ status }) => status === 'closed')
  expect(nobody.getSnapshot()).toMatchObject({ closeReason: 'error', error: { code: 'not_signed_in' } })
})

test('nothing is left after the last close, and closing twice is closing', async () => {
  const [ana, ben] = await trio()
  await ana.tertulia.chat.getDirect(ben.id)
  const clock = createHeldClock()
  const watcher = await signInAgain(ana, { clock })
  for (let n = 0; n < 20; n++) {
    const inbox = watcher.tertulia.chat.watchInbox()
    if (n % 2) await liveInbox(inbox)
    inbox.close()
    inbox.close()
    expect(inbox.getSnapshot()).toMatchObject({ status: 'closed', closeReason: 'closed' })
  }
  await vi.waitFor(() => {
    expect(watcher.supabase.getChannels()).toEqual([])
    expect(clock.pending()).toBe(0)
  })
})
