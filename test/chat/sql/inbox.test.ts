import { expect, test } from 'vitest'
import { type ConversationJson, connectToDatabase, type MessageJson } from './database.ts'

interface Item {
  conversation: ConversationJson
  live_key: string
  last_message: MessageJson | null
  unread: number
  pinned: boolean
  archived: boolean
}

interface Inbox {
  items: Item[]
  next: { before_pinned: boolean; before_at: string; before_id: string } | null
}

/** The same numbers on every run. */
function seeded(seed: number) {
  let state = seed
  return (below: number) => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296
    return Math.floor((state / 4_294_967_296) * below)
  }
}

test('unread counts equal what counting finds, over 10,000 random operations', async () => {
  const { sql, call, people, group } = connectToDatabase(4)
  const crews = await Promise.all([people(4), people(4), people(4), people(4)])
  const marks: { conversation: string; person: string; seq: number }[] = []
  await Promise.all(
    crews.map(async (crew, worker) => {
      const random = seeded(worker + 1)
      const id = await group(crew)
      const operations = 2_500
      for (let n = 0; n < operations; n++) {
        const person = crew[random(crew.length)] ?? ''
        if (random(3) === 0) {
          await call(person, 'send_message', {
            conversation_id: id,
            message_id: crypto.randomUUID(),
            content: `${n}`,
          })
        } else {
          const seq = random(n + 10)
          const [head] = await sql`select last_seq::integer from public.conversations where id = ${id}`
          const { last_read_seq, unread } = await call<{ last_read_seq: number; unread: number }>(
            person,
            'mark_read',
            {
              conversation_id: id,
              seq,
            },
          )
          // That the group was made is not unread.
          expect(unread).toBe(head?.last_seq - Math.max(last_read_seq, 1))
          marks.push({ conversation: id, person, seq: Math.min(seq, head?.last_seq) })
        }
      }
    }),
  )
  // Messages after the newest that the person sent or marked, counted one by one.
  const counted = await sql`
    with marks as (
      select conversation, person, max(seq) as seq
      from jsonb_to_recordset(${sql.json(marks)}) as m (conversation uuid, person uuid, seq bigint)
      group by conversation, person
    )
    select p.user_id, (
      select count(*)::integer from public.messages m
      where m.conversation_id = p.conversation_id and m.seq > greatest(
        (select max(own.seq) from public.messages own where own.conversation_id = p.conversation_id and own.sender_id = p.user_id),
        (select marks.seq from marks where marks.conversation = p.conversation_id and marks.person = p.user_id))
    ) as unread
    from public.conversation_participants p
    where p.user_id = any(${crews.flat()}::uuid[])`
  expect(counted).toHaveLength(16)
  for (const { user_id, unread } of counted) {
    const { items } = await call<Inbox>(user_id, 'get_inbox')
    expect(items.map((item) => item.unread)).toEqual([unread])
  }
}, 240_000)

test('the unread count that the inbox answers leaves out what was deleted after the read position', async () => {
  const { call, people, group, send } = connectToDatabase(2)
  const [ana = '', ben = ''] = await people(2)
  const id = await group([ana, ben])
  const sent = []
  for (const content of ['one', 'two', 'three']) sent.push(await send(ana, id, content))
  await call(ben, 'mark_read', { conversation_id: id, seq: 1 })
  for (const { id: message_id } of sent.slice(0, 2)) await call(ana, 'delete_message', { message_id })
  const { items } = await call<Inbox>(ben, 'get_inbox')
  expect(items.map(({ unread }) => unread)).toEqual([1])
})

test('a thousand conversations in one request, in the order of their pages', async () => {
  const { sql, call, people } = connectToDatabase()
  const [ana = '', ...others] = await people(11)
  // Written past the functions for speed: 1,000 groups of three with two messages each.
  await sql.begin(async (tx) => {
    const ids = Array.from({ length: 1000 }, () => crypto.randomUUID())
    await tx`
      insert into public.conversations (id, kind, subject, last_seq, last_revision, last_message_at)
      select id, 'group', 'Group ' || n, 2, 2, case when n % 10 > 0 then now() - (n / 3) * interval '1 minute' end
      from unnest(${ids}::uuid[]) with ordinality as c (id, n)`
    await tx`
      insert into public.conversation_participants (conversation_id, user_id, last_read_seq, pinned, archived)
      select c.id, p.id, case when p.id = ${ana} then 1 else 2 end, p.id = ${ana} and c.n % 50 = 0, p.id = ${ana} and c.n % 100 = 1
      from unnest(${ids}::uuid[]) with ordinality as c (id, n)
      cross join lateral unnest(array[${ana}::uuid, (${others}::uuid[])[1 + c.n % 10], (${others}::uuid[])[1 + (c.n + 3) % 10]]) as p (id)`
    await tx`
      insert into public.messages (id, conversation_id, sender_id, seq, revision, content)
      select gen_random_uuid(), c.id, ${ana}, seq, seq, 'message ' || seq from unnest(${ids}::uuid[]) as c (id), generate_series(1, 2) as seq`
  })
  await call<Inbox>(ana, 'get_inbox', { page_size: 10 })
  const startedAt = performance.now()
  const { items, next } = await call<Inbox>(ana, 'get_inbox', { page_size: 1000 })
  console.log(`an inbox of ${items.length} conversations in ${(performance.now() - startedAt).toFixed(0)} ms`)
  expect(items).toHaveLength(990)
  expect(next).toBeNull()
  expect(items.every(({ unread, last_message }) => unread === 1 && last_message?.seq === 2)).toBe(true)
  expect(items.findIndex(({ pinned }) => !pinned)).toBe(20)
  expect((await call<Inbox>(ana, 'get_inbox', { archived: true })).items).toHaveLength(10)

  const paged: string[] = []
  for (let cursor: Inbox['next'] | undefined; cursor !== null; ) {
    const page: Inbox = await call(ana, 'get_inbox', { page_size: 73, ...cursor })
    paged.push(...page.items.map(({ conversation }) => conversation.id))
    cursor = page.next
  }
  const whole = items.map(({ conversation }) => conversation.id)
  expect(paged.length).toBe(whole.length)
  expect(paged.findIndex((id, at) => id !== whole[at])).toBe(-1)
})

test('one’s own side of a conversation moves alone and only forward', async () => {
  const { call, people, group, send, delivered } = connectToDatabase()
  const [ana = '', ben = ''] = await people(2)
  const id = await group([ana, ben])
  await Promise.all(Array.from({ length: 10 }, () => send(ana, id)))
  const marked = await Promise.all(
    [3, 9, 7, 99, 1].map((seq) =>
      call<{ last_read_seq: number }>(ben, 'mark_read', { conversation_id: id, seq }),
    ),
  )
  expect(Math.max(...marked.map(({ last_read_seq }) => last_read_seq))).toBe(11)
  expect(await call(ben, 'mark_read', { conversation_id: id, seq: 2 })).toEqual({
    last_read_seq: 11,
    unread: 0,
  })
  const item = await call<Item>(ben, 'set_conversation_flags', {
    conversation_id: id,
    flags: { pinned: true, muted: true },
  })
  expect(item).toMatchObject({
    pinned: true,
    muted: true,
    archived: false,
    conversation: { last_revision: 11 },
  })
  const mine = (await delivered(ben, id)).filter(({ event }) => event === 'mine')
  expect(mine).toContainEqual({
    event: 'mine',
    conversation_id: id,
    last_read_seq: 11,
    unread: 0,
    muted: true,
    pinned: true,
    archived: false,
    // One more for each of the marks that moved: how many of those did is theirs to race for.
    own_revision: mine.length,
  } as never)
  expect(new Set(mine.map(({ own_revision }) => own_revision)).size).toBe(mine.length)
  expect((await delivered(ana, id)).filter(({ event }) => event === 'mine')).toEqual([])
})

test('whoever was removed hears of that once, and not of what is said after it', async () => {
  const { call, people, group, send } = connectToDatabase()
  const [ana = '', ben = ''] = await people(2)
  const id = await group([ana, ben])
  const { position } = await call<{ position: number }>(ben, 'sync_inbox', { since: null })
  await call(ana, 'remove_participant', { conversation_id: id, user_id: ben })
  const told = await call<{ position: number; removed: string[] }>(ben, 'sync_inbox', { since: position })
  expect(told.removed).toEqual([id])
  await call(ben, 'get_inbox', {})
  const { position: after } = await call<{ position: number }>(ben, 'sync_inbox', { since: null })
  await send(ana, id)
  expect(await call(ben, 'sync_inbox', { since: after })).toMatchObject({ items: [], removed: [] })
})

test('what a check of an inbox reads grows with its conversations, not with the people in them', async () => {
  const { sql, people } = connectToDatabase(1)
  const [few = '', many = '', ...others] = await people(102)
  try {
    for (const [person, size] of [
      [few, 2],
      [many, 100],
    ] as const) {
      await sql`
        with made as (
          insert into public.conversations (id, kind, created_by)
          select gen_random_uuid(), 'group', ${person} from generate_series(1, 200)
          returning id
        )
        insert into public.conversation_participants (conversation_id, user_id, receipt_xid)
        select made.id, one, 1 from made cross join unnest(${[person, ...others.slice(0, size)]}::uuid[]) one`
    }
    await sql`vacuum analyze public.conversation_participants`
    // Rows of participants that PostgreSQL read, by whatever plan.
    const rows = async (person: string) => {
      const claims = JSON.stringify({ sub: person, role: 'authenticated' })
      const [before, after] = await sql.begin(async (tx) => {
        const count = async () =>
          (
            await tx<[{ rows: number }]>`
              select (coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::integer as rows
              from pg_stat_xact_user_tables where relid = 'public.conversation_participants'::regclass`
          )[0].rows
        await tx`select set_config('request.jwt.claims', ${claims}, true)`
        const start = await count()
        await tx`select private.sync_inbox(pg_snapshot_xmax(pg_current_snapshot())::text::bigint)`
        return [start, await count()]
      })
      return after! - before!
    }
    expect(await rows(few)).toBeLessThan(1_000)
    expect(await rows(many)).toBeLessThan(1_000)
  } finally {
    await sql`delete from public.conversations where created_by = any (${[few, many]}::uuid[])`
  }
})
