import postgres from 'postgres'
import { expect, inject, onTestFinished, test } from 'vitest'
import { closingInbox, expectDatabase, liveInbox, untilInbox } from '../support/live-inbox.ts'
import { connectAsService, type Person, signInAgain, signUp } from '../support/people.ts'
import { closing, live, until } from '../support/watching.ts'

async function pair() {
  const [ana, ben] = (await Promise.all(['Ana', 'Ben'].map((name) => signUp(name)))) as [Person, Person]
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  const say = async (person: Person, content: string, extras: object = {}) =>
    await person.tertulia.chat.send(id, { content, ...extras })
  return { ana, ben, id, say }
}

/** What every read of a user answers of a conversation. */
async function reads({ tertulia, supabase }: Person, id: string, word: string) {
  const { items } = await tertulia.chat.inbox()
  const { items: listed } = await tertulia.chat.listMessages(id)
  const { items: found } = await tertulia.chat.searchMessages(word)
  const around = await supabase.rpc('list_messages_around', { conversation_id: id, seq: 1 })
  const sync = await supabase.rpc('sync_conversation', { conversation_id: id, since_revision: 0 })
  const begun = await supabase.rpc('sync_conversation', { conversation_id: id })
  const seqs = (list: { seq: number }[]) => list.map(({ seq }) => seq).sort((a, b) => a - b)
  return {
    item: items.find(({ conversation }) => conversation.id === id),
    seqs: [listed, found, around.data, sync.data.messages, begun.data.messages].map(seqs),
    text: JSON.stringify([items, listed, found, around.data, sync.data, begun.data]),
  }
}

test('a history that was cleared never comes back: list, page around, sync, search, replies, unread, files, edits, reactions', async () => {
  const { ana, ben, id, say } = await pair()
  const file = await ana.tertulia.chat.uploadAttachment(id, new Blob(['x'], { type: 'text/plain' }), {
    name: 'a.txt',
  })
  const old = await say(ana, 'secret one', { attachments: [file] })
  const own = await say(ben, 'secret two', { replyTo: old.id })
  await say(ana, 'secret three')
  const device = await signInAgain(ben)
  const open = closing(device.tertulia.chat.openConversation(id))
  const inbox = closingInbox(device.tertulia.chat.watchInbox())
  await Promise.all([live(open), liveInbox(inbox)])
  expect(open.getSnapshot()).toMatchObject({ unread: 1, hasOlder: false })

  await ben.tertulia.chat.clearHistory(id)
  await until(open, ({ messages, unread }) => messages.length === 0 && unread === 0)
  await untilInbox(inbox, ({ items }) => items[0]?.lastMessage === null && items[0]?.unread === 0)
  const none = await reads(ben, id, 'secret')
  expect(none.item).toMatchObject({ lastMessage: null, unread: 0 })
  expect(none.seqs).toEqual([[], [], [], [], []])
  await open.loadOlder()

  // What happens to a cleared message is not told: not by events, not by answers.
  const sql = postgres(inject('stack').adminDbUrl, { max: 1 })
  onTestFinished(() => sql.end())
  const toBen = async () =>
    (
      await sql`select event, payload::text as text from realtime.messages where topic = ${`user:${ben.id}`}`
    ).map(({ event, text }) => `${event} ${text}`)
  const before = await toBen()
  await ana.tertulia.chat.editMessage(old.id, 'secret edit')
  await ana.tertulia.chat.react(own.id, '🎻')
  const answer = await say(ana, 'an answer', { replyTo: old.id })
  const later = await say(ben, 'back')
  await until(open, ({ messages }) => messages.map(({ id }) => id).join() === [answer.id, later.id].join())
  await untilInbox(inbox, ({ items }) => items[0]?.lastMessage?.id === later.id)
  expect(open.getSnapshot()).toMatchObject({ hasOlder: false, hasNewer: false })
  expect(JSON.stringify([open.getSnapshot(), inbox.getSnapshot()])).not.toContain('secret')
  const events = (await toBen()).slice(before.length)
  expect(events.length).toBeGreaterThanOrEqual(4)
  expect(events.join()).not.toMatch(/secret|🎻/)
  const after = await reads(ben, id, 'secret')
  expect(after.text).not.toContain('secret')
  expect(after.seqs).toEqual([[4, 5], [], [4, 5], [4, 5], [4, 5]])
  await expectDatabase(inbox, ben)

  const chat = ben.tertulia.chat
  for (const attempt of [
    () => chat.editMessage(own.id, 'x'),
    () => chat.deleteMessage(own.id),
    () => chat.react(old.id, '🎸'),
    () => chat.report(old.id, { reason: 'spam' }),
    () => open.jumpTo(old.id),
  ])
    await expect(attempt()).rejects.toMatchObject({ code: 'message_not_found' })
  await expect(chat.send(id, { content: 'x', replyTo: old.id })).rejects.toMatchObject({
    code: 'invalid_input',
    field: 'replyTo',
  })
  const { data } = await ben.supabase.storage.from('chat').download(file.path)
  expect(data).toBeNull()

  // The other one has it all, and sees nothing of it: no receipt, no event.
  const others = await reads(ana, id, 'secret')
  expect(others.seqs).toEqual([
    [1, 2, 3, 4, 5],
    [1, 2, 3],
    [1, 2, 3, 4, 5],
    [1, 2, 3, 4, 5],
    [1, 2, 3, 4, 5],
  ])
})

test('clearing moves no receipt and never back, takes a part only, and holds on a device that was away', async () => {
  const { ana, ben, id, say } = await pair()
  for (let n = 1; n <= 6; n++) await say(ana, `line ${n}`)
  const away = await signInAgain(ben)
  const open = closing(away.tertulia.chat.openConversation(id))
  await live(open)
  await away.supabase.realtime.disconnect()
  await ben.tertulia.chat.clearHistory(id, 3)
  await Promise.all([ben.tertulia.chat.clearHistory(id, 2), ben.tertulia.chat.clearHistory(id, 0)])
  const { items } = await ben.tertulia.chat.listMessages(id)
  expect(items.map(({ seq }) => seq)).toEqual([6, 5, 4])
  expect((await ben.tertulia.chat.inbox()).items[0]).toMatchObject({ unread: 3, lastReadSeq: 3 })
  const [seen] = (await ana.tertulia.chat.inbox()).items
  expect(seen?.counterpart?.lastReadSeq).toBe(0)
  away.supabase.realtime.connect()
  await until(open, ({ messages }) => messages[0]?.seq === 4)
  await expect(ben.tertulia.chat.clearHistory(id, -1)).rejects.toMatchObject({
    code: 'invalid_input',
    field: 'upToSeq',
  })
  await expect((await signUp('Eve')).tertulia.chat.clearHistory(id)).rejects.toMatchObject({
    code: 'conversation_not_found',
  })
  // Cleared beyond what the device has: what follows is there all the same.
  await away.supabase.realtime.disconnect()
  const { seq } = await say(ana, 'never seen there')
  await ben.tertulia.chat.clearHistory(id, seq)
  const { id: newest } = await say(ana, 'seen there')
  away.supabase.realtime.connect()
  await until(open, ({ messages }) => messages.map((one) => one.id).join() === newest)
  // With a message at the same moment: the new one stays, or is cleared, and the count is right in both cases.
  await Promise.all([ben.tertulia.chat.clearHistory(id), say(ana, 'at once')])
  const { items: left } = await ben.tertulia.chat.listMessages(id)
  expect((await ben.tertulia.chat.inbox()).items[0]?.unread).toBe(left.length)
})

test('a hidden conversation is gone from every device until the next message of any participant', async () => {
  const { ana, ben, id, say } = await pair()
  await say(ana, 'one')
  const device = await signInAgain(ben)
  const inbox = closingInbox(device.tertulia.chat.watchInbox())
  await liveInbox(inbox)
  const shown = async (count: number) => {
    await untilInbox(inbox, ({ items }) => items.length === count)
    expect((await ben.tertulia.chat.inbox()).items).toHaveLength(count)
    expect((await ben.tertulia.chat.inbox({ archived: true })).items).toHaveLength(0)
    const cold = closingInbox((await signInAgain(ben)).tertulia.chat.watchInbox())
    expect((await liveInbox(cold)).items).toHaveLength(count)
  }
  expect(await ben.tertulia.chat.setFlags(id, { hidden: true })).toMatchObject({ hidden: true })
  await shown(0)
  expect(inbox.getSnapshot().unread).toBe(0)
  // An edit and a reaction are no message.
  const [first] = (await ana.tertulia.chat.listMessages(id)).items
  await ana.tertulia.chat.editMessage(first!.id, 'one, edited')
  await shown(0)
  await say(ana, 'two')
  await shown(1)
  await ben.tertulia.chat.setFlags(id, { hidden: true, archived: true })
  await untilInbox(inbox, ({ items, archived }) => items.length + archived.length === 0)
  await say(ben, 'three')
  await untilInbox(inbox, ({ archived }) => archived.length === 1)
  await ben.tertulia.chat.setFlags(id, { hidden: true })
  await ben.tertulia.chat.setFlags(id, { hidden: false, archived: false })
  await shown(1)
  expect((await ana.tertulia.chat.inbox()).items).toHaveLength(1)
})

test('a conversation that is marked as unread is so on every device until it is read, also with nothing new in it', async () => {
  const { ana, ben, id, say } = await pair()
  await say(ana, 'one')
  await ben.tertulia.chat.markRead(id)
  const device = await signInAgain(ben)
  const inbox = closingInbox(device.tertulia.chat.watchInbox())
  const open = closing(device.tertulia.chat.openConversation(id))
  await Promise.all([liveInbox(inbox), live(open)])
  const marked = async (wanted: boolean, badge = +wanted) => {
    await untilInbox(inbox, ({ items, unread }) => items[0]?.markedUnread === wanted && unread === badge)
    expect((await ben.tertulia.chat.inbox()).items[0]?.markedUnread).toBe(wanted)
    expect((await ben.tertulia.chat.inbox({ unread: true })).items).toHaveLength(+wanted)
  }
  const mark = () => ben.tertulia.chat.setFlags(id, { markedUnread: true })
  expect(await mark()).toMatchObject({ markedUnread: true, unread: 0 })
  await marked(true)
  // A late mark of what was read before changes nothing.
  await ben.tertulia.chat.markRead(id, 0)
  await marked(true)
  await ben.tertulia.chat.markRead(id, 1)
  await marked(false)
  await mark()
  await marked(true)
  await open.markRead()
  await marked(false)
  // What was read already is not said again later, when the socket is back.
  await open.markRead()
  await mark()
  await marked(true)
  device.supabase.realtime.disconnect()
  await until(open, ({ status }) => status === 'offline')
  device.supabase.realtime.connect()
  await live(open)
  await say(ana, 'came then')
  await until(open, ({ messages }) => messages.length === 2)
  await marked(true)
  await say(ben, 'two')
  await marked(false)
  await mark()
  await ben.tertulia.chat.setFlags(id, { markedUnread: false })
  await marked(false)
  // With unread messages it counts as those.
  await say(ana, 'three')
  await say(ana, 'four')
  await mark()
  await untilInbox(inbox, ({ items, unread }) => items[0]?.markedUnread === true && unread === 2)
  await open.markRead()
  await marked(false)
  // Nobody's receipts went back.
  const [seen] = (await ana.tertulia.chat.inbox()).items
  expect(seen).toMatchObject({ markedUnread: false, counterpart: { lastReadSeq: 5 } })
})

test('a draft is on all devices of its writer, the last one decides, and it goes when its message is sent', async () => {
  const { ana, ben, id, say } = await pair()
  const device = await signInAgain(ben)
  const inbox = closingInbox(device.tertulia.chat.watchInbox())
  const others = closingInbox(ana.tertulia.chat.watchInbox())
  await Promise.all([liveInbox(inbox), liveInbox(others)])
  const chat = ben.tertulia.chat
  const shows = async (content: string | undefined) => {
    await untilInbox(inbox, ({ items }) => items[0]?.draft?.content === content)
    expect((await chat.inbox()).items[0]?.draft?.content).toBe(content)
  }
  const original = await say(ana, 'one')
  await Promise.all(
    ['s', 'se', 'secret'].map((content) =>
      chat.setDraft(id, { content, replyTo: original.id, metadata: { at: 3 } }),
    ),
  )
  await shows('secret')
  expect(inbox.getSnapshot().items[0]?.draft).toMatchObject({
    replyTo: original.id,
    metadata: { at: 3 },
    id: null,
  })
  await Promise.all([device, ben].map((one, n) => one.tertulia.chat.setDraft(id, { content: `from ${n}` })))
  const [{ draft } = { draft: null }] = (await chat.inbox()).items
  await shows(draft?.content)
  // Without an id, any message of the same user removes it; a message of another user does not.
  await say(ana, 'two')
  await shows(draft?.content)
  await say(ben, 'three')
  await shows(undefined)
  // With one, only its message: and a draft that comes after it is dropped.
  const message = crypto.randomUUID()
  await chat.setDraft(id, { id: message, content: 'on my w' })
  await say(ben, 'from a notification')
  await shows('on my w')
  await say(ben, 'on my way', { id: message })
  await shows(undefined)
  await device.tertulia.chat.setDraft(id, { id: message, content: 'on my w' })
  await shows(undefined)
  await chat.setDraft(id, { content: 'next' })
  await device.tertulia.chat.setDraft(id, { id: message, content: 'late' })
  await shows('next')
  // At once, a draft and its message leave no draft, whichever the database has first.
  for (let round = 0; round < 6; round++) {
    const id2 = crypto.randomUUID()
    await Promise.all([
      device.tertulia.chat.setDraft(id, { id: id2, content: 'race' }),
      say(ben, 'race', { id: id2 }),
      ana.tertulia.chat.setDraft(id, { content: 'of another' }),
    ])
    expect((await chat.inbox()).items[0]?.draft?.content).not.toBe('race')
  }
  await chat.setDraft(id, null)
  for (const empty of [null, { content: '' }, { content: ' \n ' }]) {
    await chat.setDraft(id, { content: 'again' })
    await shows('again')
    await chat.setDraft(id, empty)
    await shows(undefined)
  }
  // Nobody else has seen any of it.
  expect(JSON.stringify([others.getSnapshot(), await reads(ana, id, 'secret')])).not.toMatch(
    /secret|on my w"|next/,
  )
  for (const [draft, field] of [
    [{ content: 'x'.repeat(8001) }, 'content'],
    [{ content: 7 }, 'content'],
    [{ content: 'x', metadata: { long: 'x'.repeat(9000) } }, 'metadata'],
    [{ content: 'x', replyTo: 'x' }, 'replyTo'],
    [{ content: 'x', id: 7 }, 'id'],
    [{ content: 'x', attachments: [] }, 'attachments'],
    ['x', 'draft'],
    [undefined, 'draft'],
  ] as const)
    await expect(chat.setDraft(id, draft as never)).rejects.toMatchObject({ code: 'invalid_input', field })
  expect((await chat.inbox()).items[0]?.draft).toBeNull()
  await chat.setDraft(id, { content: '🎻'.repeat(8000) })
  await shows('🎻'.repeat(8000))
})

test('what was kept for oneself in a group is gone with it, but for the cleared history', async () => {
  const [ana, ben] = (await Promise.all(['Ana', 'Ben'].map((name) => signUp(name)))) as [Person, Person]
  const { id } = await ana.tertulia.chat.createGroup({ memberIds: [ben.id] })
  await ana.tertulia.chat.send(id, { content: 'secret' })
  await ben.tertulia.chat.clearHistory(id)
  await ben.tertulia.chat.setDraft(id, { content: 'mine' })
  await ben.tertulia.chat.setFlags(id, { hidden: true, markedUnread: true })
  await ana.tertulia.chat.removeParticipant(id, ben.id)
  await expect(ben.tertulia.chat.setDraft(id, { content: 'more' })).rejects.toMatchObject({
    code: 'conversation_not_found',
  })
  await ana.tertulia.chat.addParticipants(id, [ben.id])
  const [item] = (await ben.tertulia.chat.inbox()).items
  expect(item).toMatchObject({
    draft: null,
    hidden: false,
    markedUnread: false,
    lastMessage: { system: { type: 'joined' } },
    unread: 0,
  })
  const { items } = await ben.tertulia.chat.listMessages(id)
  expect(items.map(({ system }) => system?.type)).toEqual(['joined', 'removed'])
})

test('last seen is shown by those who want it, to those whom they have written to, and never across a block', async () => {
  const { ana, ben, id, say } = await pair()
  const sees = async (person: Person, other: Person) =>
    (await person.tertulia.chat.listLastSeen([other.id])).map(({ online }) => online)
  expect(await ben.tertulia.chat.markActive()).toBe(false)
  await say(ben, 'hello')
  expect(await sees(ana, ben)).toEqual([])
  expect(await ben.tertulia.chat.markActive(true)).toBe(true)
  expect(await sees(ana, ben)).toEqual([true])
  expect(await sees(ben, ben)).toEqual([true])
  // Ana has not answered: Ben does not see when she is there.
  await ana.tertulia.chat.markActive(true)
  expect(await sees(ben, ana)).toEqual([])
  await say(ana, 'hi')
  expect(await sees(ben, ana)).toEqual([true])
  const eve = await signUp('Eve')
  await eve.tertulia.chat.getDirect(ben.id)
  expect(await sees(eve, ben)).toEqual([])
  // A system message is no answer, also once an admin has deleted it.
  const { id: group } = await eve.tertulia.chat.createGroup({ memberIds: [ben.id] })
  await ben.tertulia.chat.leave(group)
  await eve.tertulia.chat.addParticipants(group, [ben.id])
  const told = (await eve.tertulia.chat.listMessages(group)).items
  await eve.tertulia.chat.deleteMessage(told.find(({ system }) => system?.type === 'left')!.id)
  expect(await sees(eve, ben)).toEqual([])
  // A minute has one write, however many devices say it at once.
  const sql = postgres(inject('stack').dbUrl, { max: 1 })
  onTestFinished(() => sql.end())
  const row = () => sql`select xmin::text, seen_at from private.last_seen where user_id = ${ben.id}`
  const before = await row()
  await Promise.all(Array.from({ length: 5 }, () => ben.tertulia.chat.markActive()))
  expect(await row()).toEqual(before)
  await sql`update private.last_seen set seen_at = seen_at - interval '3 minutes' where user_id = ${ben.id}`
  expect(await sees(ana, ben)).toEqual([false])
  await Promise.all(Array.from({ length: 5 }, () => ben.tertulia.chat.markActive()))
  expect(await sees(ana, ben)).toEqual([true])
  await ben.tertulia.chat.block(ana.id)
  expect([await sees(ana, ben), await sees(ben, ana)]).toEqual([[], []])
  await ben.tertulia.chat.unblock(ana.id)
  expect(await sees(ana, ben)).toEqual([true])
  expect(await ben.tertulia.chat.markActive(false)).toBe(false)
  // Another device that goes on does not turn it on again.
  expect(await ben.tertulia.chat.markActive()).toBe(false)
  expect(await sees(ana, ben)).toEqual([])
  const { id: trio } = await ana.tertulia.chat.createGroup({ memberIds: [eve.id] })
  await ana.tertulia.chat.send(trio, { content: 'x' })
  expect(await sees(eve, ana)).toEqual([true])
  await ana.tertulia.chat.removeParticipant(trio, eve.id)
  expect(await sees(eve, ana)).toEqual([])
  // With the account it is gone, as are a draft and mentions.
  await ana.tertulia.chat.setDraft(id, { content: 'mine' })
  const exported = await ana.supabase.rpc('export_account')
  expect(JSON.stringify(exported.data)).toContain('"mine"')
  await connectAsService().auth.admin.deleteUser(ana.id)
  expect(
    await sql`
      select user_id from private.last_seen where user_id = ${ana.id}
      union all select user_id from private.drafts where user_id = ${ana.id}`,
  ).toEqual([])
})
