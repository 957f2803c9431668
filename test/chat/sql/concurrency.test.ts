import { expect, test, vi } from 'vitest'
import { type ConversationJson, codeOf, connectToDatabase, type MessageJson, upTo } from './database.ts'

test('fifty changes of every kind at once have revisions without gap', async () => {
  const { sql, call, people, group, send, delivered } = connectToDatabase(25)
  const [owner = '', ...members] = await people(8)
  const id = await group([owner, ...members])
  const first = await Promise.all(members.map((member) => send(member, id, 'before')))
  const codes = await Promise.all(
    Array.from({ length: 50 }, (_, i) => {
      const member = members[i % 5] ?? ''
      const message = first[i % 5]?.id ?? ''
      if (i % 5 === 0) return codeOf(send(member, id, `sent ${i}`))
      if (i % 5 === 1)
        return codeOf(
          call(member, 'edit_message', { message_id: message, changes: { content: `edited ${i}` } }),
        )
      if (i % 5 === 2)
        return codeOf(
          call(member, 'react', { message_id: first[0]?.id ?? '', emoji: '👍', present: i % 2 === 0 }),
        )
      if (i % 5 === 3)
        return codeOf(call(owner, 'update_group', { conversation_id: id, changes: { subject: `${i}` } }))
      return codeOf(
        call(owner, 'remove_participant', { conversation_id: id, user_id: members[5 + (i % 2)] ?? '' }),
      )
    }),
  )
  expect(codes.filter((code) => code !== null)).toEqual([])
  const [head] = await sql<{ last_seq: number; last_revision: number; newest: number }[]>`
    select last_seq::integer, last_revision::integer,
      (select max(seq)::integer from public.messages where conversation_id = ${id}) as newest
    from public.conversations where id = ${id}`
  expect(head?.newest).toBe(head?.last_seq)
  const revisions = (await delivered(owner, id)).flatMap(({ revision }) => revision ?? [])
  expect(revisions).toEqual(upTo(head?.last_revision ?? 0))
})

test('one id sent into two conversations at once is one message, and the other takes no position', async () => {
  const { sql, call, people, group } = connectToDatabase()
  const [ana = '', ben = ''] = await people(2)
  const ids = await Promise.all([group([ana]), group([ben])])
  for (let round = 0; round < 20; round++) {
    const message = crypto.randomUUID()
    const codes = await Promise.all(
      [ana, ben].map((person, i) =>
        codeOf(
          call(person, 'send_message', {
            conversation_id: ids[i] ?? '',
            message_id: message,
            content: `${round}`,
          }),
        ),
      ),
    )
    expect(codes.toSorted()).toEqual(['message_id_taken', null].toSorted())
  }
  const heads = await sql<{ last_seq: number; last_revision: number; sent: number }[]>`
    select last_seq::integer, last_revision::integer,
      (select count(*)::integer from public.messages m where m.conversation_id = c.id) as sent
    from public.conversations c where id = any (${ids})`
  expect(heads.map(({ last_seq }) => last_seq)).toEqual(heads.map(({ sent }) => sent))
  expect(heads.reduce((sum, { sent }) => sum + sent, 0)).toBe(20 + ids.length)
  const moved = await sql`
    select from public.conversation_participants p join public.conversations c on c.id = p.conversation_id
    where c.id = any (${ids}) and p.last_read_seq > c.last_seq`
  expect(moved).toHaveLength(0)
})

test('whoever is removed neither hears nor says anything from the next change on', async () => {
  const { sql, call, people, group, send, delivered } = connectToDatabase(20)
  const [owner = '', removed = '', ...others] = await people(10)
  const id = await group([owner, removed, ...others])
  const [answer, ...codes] = await Promise.all([
    call<ConversationJson>(owner, 'remove_participant', { conversation_id: id, user_id: removed }),
    ...Array.from({ length: 60 }, (_, i) =>
      codeOf(send(i % 3 === 0 ? removed : (others[i % others.length] ?? ''), id, `${i}`)),
    ),
  ])
  const since = answer.last_revision
  await Promise.all(Array.from({ length: 40 }, () => send(owner, id)))
  expect(new Set(codes)).toEqual(new Set([null, 'conversation_not_found']))

  const heard = await delivered(removed, id)
  expect(heard.filter(({ revision = 0 }) => revision >= since)).toEqual([])
  expect(heard.filter(({ event }) => event === 'removed')).toHaveLength(1)
  expect(
    await sql`select from public.messages where sender_id = ${removed} and conversation_id = ${id} and revision > ${since}`,
  ).toHaveLength(0)
  const [head] = await sql`select last_revision::integer from public.conversations where id = ${id}`
  for (const other of [owner, ...others]) {
    expect((await delivered(other, id)).map(({ revision }) => revision)).toEqual(upTo(head?.last_revision))
  }
  expect(await codeOf(call(removed, 'sync_conversation', { conversation_id: id }))).toBe(
    'conversation_not_found',
  )
})

test('a reply that waits while its sender is removed is refused for the removal', async () => {
  const { sql, people, group, send } = connectToDatabase()
  const [owner = '', removed = ''] = await people(2)
  const id = await group([owner, removed])
  const { id: reply_to } = await send(owner, id, 'first')
  let reply: Promise<string | null> = Promise.resolve(null)
  await sql.begin(async (tx) => {
    const claims = JSON.stringify({ sub: owner, role: 'authenticated' })
    await tx`select set_config('role', 'authenticated', true), set_config('request.jwt.claims', ${claims}, true)`
    await tx`select public.remove_participant(conversation_id => ${id}, user_id => ${removed})`
    const [{ pid } = {}] = await tx`select pg_backend_pid() as pid`
    reply = codeOf(send(removed, id, 'late', { reply_to }))
    await vi.waitUntil(
      async () => (await sql`select from pg_stat_activity where ${pid} = any (pg_blocking_pids(pid))`).length,
      10_000,
    )
  })
  expect(await reply).toBe('conversation_not_found')
})

test('of two owners who leave at once one stays', async () => {
  const { sql, call, people, group } = connectToDatabase()
  const [ana = '', ben = '', member = ''] = await people(3)
  for (let round = 0; round < 10; round++) {
    const id = await group([ana, ben, member])
    await call(ana, 'set_role', { conversation_id: id, user_id: ben, role: 'owner' })
    const codes = await Promise.all(
      [ana, ben].map((owner) => codeOf(call(owner, 'leave_conversation', { conversation_id: id }))),
    )
    expect(codes.toSorted()).toEqual(['last_owner', null].toSorted())
    expect(
      await sql`select from public.conversation_participants where conversation_id = ${id} and role = 'owner' and left_at is null`,
    ).toHaveLength(1)
  }
})

test('two owners who set each other or themselves back at once leave one', async () => {
  const { sql, call, people, group } = connectToDatabase()
  const [ana = '', ben = ''] = await people(2)
  for (let round = 0; round < 10; round++) {
    const id = await group([ana, ben])
    await call(ana, 'set_role', { conversation_id: id, user_id: ben, role: 'owner' })
    const stepBack = (caller: string, user_id: string) =>
      codeOf(call(caller, 'set_role', { conversation_id: id, user_id, role: 'member' }))
    const codes = await Promise.all(
      round % 2 ? [stepBack(ana, ben), stepBack(ben, ana)] : [stepBack(ana, ana), stepBack(ben, ben)],
    )
    expect(codes.toSorted()).toEqual([round % 2 ? 'forbidden' : 'last_owner', null].toSorted())
    expect(
      await sql`select from public.conversation_participants where conversation_id = ${id} and role = 'owner'`,
    ).toHaveLength(1)
  }
})

test('a group is made once, and holds 256 whoever adds at once', async () => {
  const { sql, call, people } = connectToDatabase()
  const [owner = '', ...members] = await people(262)
  const id = crypto.randomUUID()
  const make = { group_id: id, subject: 'Choir', member_ids: members.slice(0, 250) }
  const made = await Promise.all(
    Array.from({ length: 10 }, () => call<ConversationJson>(owner, 'create_group', make)),
  )
  expect(made.map(({ last_revision }) => last_revision)).toEqual(made.map(() => 1))
  expect(made[0]?.participants).toHaveLength(251)
  expect(await codeOf(call(members[0] ?? '', 'create_group', make))).toBe('group_id_taken')

  const codes = await Promise.all(
    [members.slice(250, 254), members.slice(254, 258)].map((user_ids) =>
      codeOf(call(owner, 'add_participants', { conversation_id: id, user_ids })),
    ),
  )
  expect(codes.toSorted()).toEqual(['group_full', null].toSorted())
  expect(
    await sql`select from public.conversation_participants where conversation_id = ${id} and left_at is null`,
  ).toHaveLength(255)
})

test('a block against sends: what comes after it is refused', async () => {
  const { sql, call, people, send } = connectToDatabase()
  const [ana = '', ben = ''] = await people(2)
  const { id } = await call<ConversationJson>(ana, 'open_direct', { other_id: ben })
  const sends = () => Array.from({ length: 20 }, (_, i) => codeOf(send(i % 2 ? ana : ben, id)))
  const [, ...codes] = await Promise.all([call(ana, 'block_user', { user_id: ben }), ...sends()])
  const [{ sent } = { sent: 0 }] =
    await sql`select count(*)::integer as sent from public.messages where conversation_id = ${id}`
  expect(codes.filter((code) => code === null)).toHaveLength(sent)
  expect(new Set(await Promise.all(sends()))).toEqual(new Set(['blocked']))
  expect(await codeOf(call(ben, 'open_direct', { other_id: ana }))).toBe('blocked')
  await call(ana, 'unblock_user', { user_id: ben })
  expect((await send(ben, id)).seq).toBe(sent + 1)
})

test('a limit counts exactly, however many call at once, and says when to go on', async () => {
  const { sql, people, group, send } = connectToDatabase()
  const [ana = '', ben = ''] = await people(2)
  const ids = await Promise.all([group([ana, ben]), group([ana, ben])])
  await sql`
    insert into private.rate_limits (user_id, action, tokens, refilled_at, burst)
    values (${ana}, 'send', 5, clock_timestamp() + interval '1 minute', 5)`
  const codes = await Promise.all(Array.from({ length: 20 }, (_, i) => codeOf(send(ana, ids[i % 2] ?? ''))))
  expect(codes.filter((code) => code === null).length).toBeLessThanOrEqual(5)
  expect(new Set(codes)).toContain('rate_limited')
  expect(await codeOf(send(ben, ids[0] ?? ''))).toBeNull()

  await sql`update private.rate_limits set tokens = 0, refilled_at = clock_timestamp() where user_id = ${ana}`
  const refused = await send(ana, ids[0] ?? '').catch((error) => JSON.parse(error.detail))
  expect(refused).toMatchObject({ code: 'rate_limited' })
  // A token of five in ten seconds.
  expect(refused.retryAfterMs).toBeGreaterThan(0)
  expect(refused.retryAfterMs).toBeLessThanOrEqual(2_000)
  await sql`update private.rate_limits set refilled_at = refilled_at - interval '2 seconds' where user_id = ${ana}`
  expect(await codeOf(send(ana, ids[0] ?? ''))).toBeNull()
})

test('the first calls of somebody, all at once, count as many as the limit has', async () => {
  const { sql, people } = connectToDatabase()
  const action = `three-${crypto.randomUUID()}`
  await sql`insert into private.limits (key, at_most, per_seconds, what_for) values (${action}, 3, 86400, 'tests')`
  const persons = await people(4)
  const take = (person: string) => codeOf(sql`select private.take_token(${person}, ${action})`)
  for (const person of persons) {
    const codes = await Promise.all(Array.from({ length: 16 }, () => take(person)))
    expect(codes.filter((code) => code === null)).toHaveLength(3)
    expect(new Set(codes)).toEqual(new Set([null, 'rate_limited']))
  }

  // Upkeep takes the row away while a call waits for it: the person begins anew.
  const [ana = ''] = persons
  const waiting = await sql.begin(async (tx) => {
    await tx`delete from private.rate_limits where user_id = ${ana} and action = ${action}`
    const taken = take(ana)
    await vi.waitFor(async () => {
      const waits = await sql`
        select from pg_stat_activity where wait_event_type = 'Lock' and query like '%take_token%' and pid <> pg_backend_pid()`
      expect(waits).toHaveLength(1)
    })
    return { taken }
  })
  expect(await waiting.taken).toBeNull()
  const left =
    await sql`select tokens::integer from private.rate_limits where user_id = ${ana} and action = ${action}`
  expect(left).toMatchObject([{ tokens: 2 }])
  await sql`delete from private.rate_limits where action = ${action}`
  await sql`delete from private.limits where key = ${action}`
})

test('a reply shows its message as it is, and a change of that is one change however many replies there are', async () => {
  const { call, people, group, send, delivered } = connectToDatabase()
  const [ana = '', ben = ''] = await people(2)
  const id = await group([ana, ben])
  const original = await send(ana, id, 'the original')
  const replies = await Promise.all(upTo(3).map(() => send(ben, id, 'reply', { reply_to: original.id })))
  expect(replies.map(({ reply }) => reply?.excerpt)).toEqual(replies.map(() => 'the original'))
  const before = Math.max(...replies.map(({ revision }) => revision))

  const deleted = await call<MessageJson>(ana, 'delete_message', { message_id: original.id })
  expect(deleted.revision).toBe(before + 1)
  expect((await delivered(ben, id)).at(-1)).toMatchObject({ event: 'message', revision: before + 1 })
  const sync = await call<{ messages: MessageJson[] }>(ben, 'sync_conversation', {
    conversation_id: id,
    since_revision: before,
  })
  expect(sync.messages.map(({ revision }) => revision)).toEqual([before + 1])
  const page = await call<MessageJson[]>(ben, 'list_messages', { conversation_id: id })
  expect(page.slice(0, 3).map(({ reply }) => reply?.excerpt)).toEqual(['', '', ''])
})
