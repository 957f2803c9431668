import postgres from 'postgres'
import { createTertulia } from 'tertulia'
import { expect, inject, onTestFinished, test } from 'vitest'
import { faultyFetch } from '../support/fetch.ts'
import { closingInbox, liveInbox, untilInbox } from '../support/live-inbox.ts'
import { connect, signInAgain, signUp } from '../support/people.ts'

test('an inbox shows what is unread, the newest message, the other person, and one’s flags', async () => {
  const [ana, ben, eve] = await Promise.all([signUp('Ana'), signUp('Ben'), signUp('Eve')])
  const direct = await ana.tertulia.chat.getDirect(ben.id)
  const empty = await ana.tertulia.chat.getDirect(eve.id)
  const group = await ana.tertulia.chat.createGroup({ subject: 'Trío', memberIds: [ben.id, eve.id] })
  await ben.tertulia.chat.send(direct.id, { content: 'uno' })
  await ben.tertulia.chat.send(direct.id, { content: 'dos' })
  await ana.tertulia.chat.send(group.id, { content: 'hola' })

  const { items, nextCursor } = await ana.tertulia.chat.inbox()
  expect(nextCursor).toBeNull()
  expect(items).toMatchObject([
    { conversation: { id: group.id, subject: 'Trío' }, counterpart: null, unread: 0, lastReadSeq: 2 },
    {
      conversation: { id: direct.id, lastSeq: 2 },
      counterpart: { id: ben.id, displayName: 'Ben' },
      lastMessage: { content: 'dos', senderId: ben.id, createdAt: expect.any(Date) },
      unread: 2,
      muted: false,
      pinned: false,
      archived: false,
    },
    { conversation: { id: empty.id }, counterpart: { id: eve.id }, lastMessage: null, unread: 0 },
  ])
  const unread = await ana.tertulia.chat.inbox({ unread: true })
  expect(unread.items).toEqual([items[1]])

  expect(await ana.tertulia.chat.setFlags(empty.id, { pinned: true, muted: true })).toMatchObject({
    conversation: { id: empty.id },
    pinned: true,
    muted: true,
    archived: false,
  })
  await ana.tertulia.chat.setFlags(direct.id, { archived: true })
  const ids = async (options?: object) =>
    (await ana.tertulia.chat.inbox(options)).items.map(({ conversation }) => conversation.id)
  expect(await ids()).toEqual([empty.id, group.id])
  expect(await ids({ archived: true })).toEqual([direct.id])
  // A message does not bring it back, and the others' inboxes know nothing of all that.
  await ben.tertulia.chat.send(direct.id, { content: 'tres' })
  expect(await ids({ archived: true, unread: true })).toEqual([direct.id])
  expect(
    (await ben.tertulia.chat.inbox()).items.find(({ counterpart }) => counterpart?.id === ana.id),
  ).toMatchObject({ archived: false, unread: 0 })
})

test('pages follow each other, whatever the order they are in', async () => {
  const [ana, ...others] = await Promise.all(Array.from({ length: 5 }, (_, n) => signUp(`P${n}`)))
  for (const other of others) await ana!.tertulia.chat.getDirect(other!.id)
  for (let n = 0; n < 4; n++) await ana!.tertulia.chat.createGroup({ memberIds: [] })
  const whole = (await ana!.tertulia.chat.inbox({ limit: 1000 })).items
  await ana!.tertulia.chat.setFlags(whole[6]!.conversation.id, { pinned: true })
  const paged = []
  for await (const { conversation } of ana!.tertulia.chat.inbox({ limit: 3 })) paged.push(conversation.id)
  const [pinned] = whole.splice(6, 1)
  expect(paged).toEqual([pinned, ...whole].map((item) => item!.conversation.id))
  // The cursor of one list is none of another.
  const { nextCursor } = await ana!.tertulia.chat.inbox({ limit: 3 })
  await expect(ana!.tertulia.chat.inbox({ cursor: nextCursor!, archived: true })).rejects.toMatchObject({
    code: 'invalid_cursor',
  })
})

test('what an inbox and flags refuse', async () => {
  const [ana, eve] = await Promise.all([signUp('Ana'), signUp('Eve')])
  const { id } = await ana.tertulia.chat.createGroup({ memberIds: [] })
  await expect(ana.tertulia.chat.inbox({ limit: 1001 })).rejects.toMatchObject({ field: 'limit' })
  await expect(ana.tertulia.chat.setFlags(id, { muted: 1 } as never)).rejects.toMatchObject({
    code: 'invalid_input',
    field: 'muted',
  })
  await expect(ana.tertulia.chat.setFlags(id, { hide: true } as never)).rejects.toMatchObject({
    code: 'invalid_input',
  })
  await expect(eve.tertulia.chat.setFlags(id, { muted: true })).rejects.toMatchObject({
    code: 'conversation_not_found',
  })
  const nobody = createTertulia(connect()).chat
  await expect(nobody.inbox()).rejects.toMatchObject({ code: 'not_signed_in' })
  await expect(nobody.setFlags(id, {})).rejects.toMatchObject({ code: 'not_signed_in' })
})

test('a thousand conversations come in one request, listed or live', async () => {
  const ana = await signUp('Ana')
  const sql = postgres(inject('stack').adminDbUrl, { max: 1, onnotice: () => {} })
  onTestFinished(() => sql.end())
  // Written past the functions for speed.
  await sql`
    with made as (
      insert into public.conversations (kind, subject, last_seq, last_revision, last_message_at)
      select 'group', 'Group ' || n, 1, 2, now() - n * interval '1 minute' from generate_series(1, 1000) as n returning id
    ), seated as (
      insert into public.conversation_participants (conversation_id, user_id, last_read_seq) select id, ${ana.id}, 0 from made
    )
    insert into public.messages (id, conversation_id, sender_id, seq, revision, content)
    select gen_random_uuid(), id, ${ana.id}, 1, 2, 'hello' from made`
  const paths: string[] = []
  const counted = faultyFetch((path) => {
    if (path.includes('/rest/')) paths.push(path.split('/').at(-1) ?? '')
    return 'pass'
  })
  const device = await signInAgain(ana, { fetch: counted })
  const startedAt = performance.now()
  const { items } = await device.tertulia.chat.inbox({ limit: 1000, unread: true })
  console.log(`inbox of ${items.length} conversations in ${(performance.now() - startedAt).toFixed(0)} ms`)
  expect(items).toHaveLength(1000)
  expect(items.every(({ unread, lastMessage }) => unread === 1 && lastMessage?.content === 'hello')).toBe(
    true,
  )
  expect(paths).toEqual(['get_inbox'])

  const inbox = closingInbox(device.tertulia.chat.watchInbox())
  const shown = await untilInbox(inbox, ({ loaded }) => loaded)
  expect(shown).toMatchObject({ unread: 1000, hasMore: false })
  expect(shown.items.map(({ conversation }) => conversation.id)).toEqual(
    items.map(({ conversation }) => conversation.id),
  )
  await liveInbox(inbox)
  // All of it at once, and what came in between when the channel was joined.
  expect(paths).toEqual(['get_inbox', 'sync_inbox', 'sync_inbox'])
  // One more than it shows: what is beyond shows as soon as it changes.
  const last = await ana.tertulia.chat.createGroup({ memberIds: [] })
  await liveInbox(inbox)
  expect((await untilInbox(inbox, (now) => now.items.length === 1001)).items[0]?.conversation.id).toBe(
    last.id,
  )
})
