import postgres from 'postgres'
import { expect, inject, onTestFinished, test } from 'vitest'
import { whileHeld } from '../../support/waiting.ts'
import { type ConversationJson, codeOf, connectToDatabase, upTo } from './database.ts'

test('users who change name, tags and software while others delete their accounts wait for nobody who waits for them', async () => {
  const { sql, call, people, group } = connectToDatabase(24)
  for (let round = 0; round < 2; round++) {
    const everyone = await people(8)
    const leaving = everyone.slice(4)
    await Promise.all(upTo(3).map((n) => group([...everyone.slice(n), ...everyone.slice(0, n)])))
    const parts = { tags: ['Shared one', 'Shared two'], software: ['Shared three'] }
    for (const one of everyone) await call(one, 'update_profile', { changes: parts })
    const rename = (one: string, n: number) =>
      codeOf(
        call(one, 'update_profile', {
          changes: { display_name: `Name ${n}`, ...(n % 2 ? { tags: [], software: [] } : parts) },
        }),
      )
    const [codes, deletions] = await Promise.all([
      Promise.all(upTo(4).flatMap((n) => everyone.slice(0, 4).map((one) => rename(one, n)))),
      Promise.all(leaving.map((one) => codeOf(sql`delete from auth.users where id = ${one}`))),
    ])
    expect(new Set([...codes, ...deletions])).toEqual(new Set([null]))
  }
})

test('a rename takes its conversations before its tags', async () => {
  const { sql, call, people, group } = connectToDatabase()
  const [ana = '', ben = ''] = await people(2)
  const id = await group([ana, ben])
  const other = postgres(inject('stack').dbUrl, { max: 1, onnotice: () => {} })
  onTestFinished(() => other.end())
  let renamed: Promise<string | null> = Promise.resolve(null)
  await other.begin(async (tx) => {
    await tx`select from public.conversations where id = ${id} for no key update`
    renamed = codeOf(call(ana, 'update_profile', { changes: { display_name: 'Anew', tags: ['Held'] } }))
    await expect
      .poll(
        async () =>
          (await sql`select from pg_locks where not granted and locktype in ('transactionid', 'tuple')`)
            .length,
      )
      .toBeGreaterThan(0)
    // Nothing of a tag is held while the rename waits for the conversation.
    const names = await tx`
      select c.relname from pg_locks l join pg_class c on c.oid = l.relation
      where l.pid <> pg_backend_pid() and l.mode = 'RowExclusiveLock' and c.relname like '%tags%'`
    expect(names).toEqual([])
  })
  expect(await renamed).toBeNull()
})

test('an account that comes back under its old id keeps what it writes while its old messages are emptied', async () => {
  const { sql, call, people, group, send } = connectToDatabase()
  const [ana = '', ben = ''] = await people(2)
  const id = await group([ben, ana])
  await sql`
    with head as (update public.conversations set last_seq = 2101, last_revision = 2200 where id = ${id} returning id)
    insert into public.messages (id, conversation_id, sender_id, seq, revision, content)
    select gen_random_uuid(), head.id, ${ana}, n, n + 1, 'goes' from head, generate_series(2, 2101) as n`
  const empty = () =>
    sql.begin(async (tx) => {
      await tx`set local role service_role`
      await tx`select public.empty_deleted_accounts(1000)`
    })
  const back = async () => {
    await sql`delete from auth.users where id = ${ana}`
    await sql`insert into auth.users (id, email) values (${ana}, ${`${ana}@example.com`})`
    await call(ben, 'add_participants', { conversation_id: id, user_ids: [ana] })
  }
  await back()
  const kept = await send(ana, id, 'written anew')
  await empty()
  const left = () =>
    sql<{ seq: number }[]>`
      select seq::integer from public.messages where sender_id = ${ana} and conversation_id = ${id} and deleted_at is null
        and system is null order by seq`
  expect((await left()).map(({ seq }) => seq)).toContain(kept.seq)
  // Gone a second time before the first is done: what was written between goes too.
  await back()
  const last = await send(ana, id, 'once more')
  for (let n = 0; n < 3; n++) await empty()
  expect(await sql`select from private.chat_erasures where conversation_id = ${id}`).toHaveLength(0)
  expect((await left()).map(({ seq }) => seq)).toEqual([last.seq])
})

test('what a deleted user wrote stays in no report, also when the reported reply was deleted before', async () => {
  const { sql, call, people, group, send } = connectToDatabase()
  const [ana = '', ben = '', eve = ''] = await people(3)
  const id = await group([ben, ana, eve])
  const original = await send(ana, id, 'secret of Ana')
  const replies = [
    await send(ben, id, 'one', { reply_to: original.id }),
    await send(ben, id, 'two', { reply_to: original.id }),
  ]
  for (const reply of replies) await call(eve, 'report_message', { message_id: reply.id, reason: 'x' })
  await call(ben, 'delete_message', { message_id: replies[0]!.id })
  await sql`delete from auth.users where id = ${ana}`
  const reports = await sql<{ reported: { content: string; reply: { excerpt: string } } }[]>`
    select reported from public.message_reports where message_id = any(${replies.map((one) => one.id)})`
  expect(reports.map(({ reported }) => [reported.content, reported.reply.excerpt]).toSorted()).toEqual([
    ['one', ''],
    ['two', ''],
  ])
})

test('what a deleted user wrote stays in no report of a message that was deleted before the account', async () => {
  const { sql, call, people, group, send } = connectToDatabase()
  const [ana = '', ben = '', eve = ''] = await people(3)
  const id = await group([ben, ana, eve])
  const original = await send(ana, id, 'secret of Ana')
  const reply = await send(ben, id, 'reply', { reply_to: original.id })
  const path = `${id}/${ana}/${crypto.randomUUID()}/a.txt`
  await sql`insert into private.message_attachments (message_id, path, name, size, mime_type, place)
    values (${original.id}, ${path}, 'a.txt', 1, 'text/plain', 1)`
  for (const { id: message_id } of [original, reply])
    await call(eve, 'report_message', { message_id, reason: 'x' })
  await call(ana, 'delete_message', { message_id: original.id })
  const reports = () =>
    sql<{ reported: { content?: string; reply?: { excerpt: string } } }[]>`
      select reported from public.message_reports where message_id in (${original.id}, ${reply.id}) order by message_id = ${reply.id}`
  const before = await reports()
  expect([before[0]?.reported.content, before[1]?.reported.reply?.excerpt]).toEqual([
    'secret of Ana',
    'secret of Ana',
  ])
  expect(await sql`select from private.message_attachments where path = ${path}`).toHaveLength(1)

  await sql`delete from auth.users where id = ${ana}`
  const [ofOriginal, ofReply] = await reports()
  expect(ofOriginal?.reported).toEqual({})
  expect([ofReply?.reported.content, ofReply?.reported.reply?.excerpt]).toEqual(['reply', ''])
  expect(await sql`select from private.message_attachments where path = ${path}`).toHaveLength(0)
  expect(await sql`select from private.file_removals where name = ${path}`).toHaveLength(1)
})

test('messages that are sent while a deletion waits go with the account, also where they are more than it counted', async () => {
  const { sql, people, group } = connectToDatabase()
  const [ana = '', ben = ''] = await people(2)
  const id = await group([ben, ana])
  const write = (tx: postgres.Sql, from: number, to: number) => tx`
    insert into public.messages (id, conversation_id, sender_id, seq, revision, content)
    select gen_random_uuid(), ${id}, ${ana}, n, n + 1, 'goes' from generate_series(${from}::integer, ${to}::integer) as n`
  await sql`update public.conversations set last_seq = 2101, last_revision = 2200 where id = ${id}`
  await write(sql, 2, 1996)
  const other = postgres(inject('stack').dbUrl, { max: 1, onnotice: () => {} })
  onTestFinished(() => other.end())
  let deleted: Promise<string | null> = Promise.resolve(null)
  await other.begin(async (tx) => {
    await tx`select from public.conversations where id = ${id} for no key update`
    deleted = codeOf(sql`delete from auth.users where id = ${ana}`)
    await expect
      .poll(
        async () =>
          (await tx`select from pg_locks where not granted and locktype in ('transactionid', 'tuple')`)
            .length,
      )
      .toBeGreaterThan(0)
    await write(tx as unknown as postgres.Sql, 1997, 2011)
  })
  expect(await deleted).toBeNull()
  const [left] = await sql`
    select count(*)::integer as n from public.messages m where m.conversation_id = ${id} and m.deleted_at is null
      and m.system is null and not exists (select from private.chat_erasures e where e.conversation_id = ${id})`
  expect(left?.n).toBe(0)
})

test('the deletion of an account in very many conversations tells of the hundred newest, and all of them have the change', async () => {
  const { sql, call, people } = connectToDatabase()
  const [ana = '', ben = ''] = await people(2)
  const ids = upTo(120).map(() => crypto.randomUUID())
  await sql`insert into public.conversations (id, kind, created_by, last_message_at, last_seq)
    select id, 'group', ${ben}, now() - n * interval '1 minute', 0 from unnest(${ids}::uuid[]) with ordinality as u (id, n)`
  await sql`insert into public.conversation_participants (conversation_id, user_id, role)
    select id, person, case when person = ${ben} then 'owner' else 'member' end
    from unnest(${ids}::uuid[]) as id, unnest(${[ana, ben]}::uuid[]) as person`
  await sql`delete from auth.users where id = ${ana}`
  const told = await sql<{ id: string }[]>`
    select payload ->> 'conversation_id' as id from realtime.messages where topic = ${`user:${ben}`} and event = 'conversation'`
  expect(new Set(told.map(({ id }) => id))).toEqual(new Set(ids.slice(0, 100)))
  const { people: changed } = await call<{ people: { user_id: string }[] } & ConversationJson>(
    ben,
    'sync_conversation',
    {
      conversation_id: ids[119]!,
      since_revision: 0,
    },
  )
  expect(changed.map(({ user_id }) => user_id)).toContain(ana)
})

test('calls that meet at a missing profile all find it, whichever of them makes it', async () => {
  const { call, people } = connectToDatabase()
  const admin = postgres(inject('stack').adminDbUrl, { max: 1, onnotice: () => {} })
  onTestFinished(() => admin.end())
  const [ben = '', ...callers] = await people(7)
  for (let round = 0; round < 25; round++) {
    await admin`delete from public.profiles where id = ${ben}`
    const opened = callers.map((caller) => call<ConversationJson>(caller, 'open_direct', { other_id: ben }))
    expect((await Promise.allSettled(opened)).filter(({ status }) => status === 'rejected')).toEqual([])
    await admin`delete from public.conversations where direct_key like ${`%${ben}%`}`
  }
})

test('a profile that is made between two looks of a call is there for it', async () => {
  const { call, people } = connectToDatabase()
  const admin = postgres(inject('stack').adminDbUrl, { max: 1, onnotice: () => {} })
  onTestFinished(() => admin.end())
  const [ana = '', ben = ''] = await people(2)
  await admin`delete from public.profiles where id = ${ben}`
  // The call has seen that there is none and waits for the accounts; meanwhile another one makes it.
  const code = await whileHeld(
    `lock table auth.users in access exclusive mode; select private.create_profile('${ben}', 'Ben')`,
    'open_direct',
    () => codeOf(call(ana, 'open_direct', { other_id: ben })),
  )
  expect(code).toBeNull()
})

test('a profile that a sign-up could not make is there for others, for the user and at the next sign-in', async () => {
  const { sql, call, people, group } = connectToDatabase()
  const admin = postgres(inject('stack').adminDbUrl, { max: 1, onnotice: () => {} })
  onTestFinished(() => admin.end())
  const [ana = '', ...lost] = await people(7)
  const lose = () => admin`delete from public.profiles where id = any(${lost}::uuid[])`
  await lose()
  const [ben = '', eve = '', fred = '', gus = '', hal = '', ida = ''] = lost
  const opened = await Promise.all(
    [1, 2, 3].map(() => call<ConversationJson>(ana, 'open_direct', { other_id: ben })),
  )
  expect(new Set(opened.map(({ id }) => id)).size).toBe(1)
  const id = await group([ana, eve])
  await call(ana, 'add_participants', { conversation_id: id, user_ids: [fred, gus] })
  expect(await codeOf(call(ana, 'block_user', { user_id: hal }))).toBeNull()
  await sql`update auth.users set last_sign_in_at = now() where id = ${ida}`
  const there = await sql<
    { id: string }[]
  >`select id from public.profiles where id = any(${lost}) and user_id is not null`
  expect(there).toHaveLength(6)
  // Whoever was deleted stays deleted.
  await sql`delete from auth.users where id = ${gus}`
  expect(await codeOf(call(ana, 'open_direct', { other_id: gus }))).toBe('profile_not_found')
  await sql`update auth.users set deleted_at = now() where id = ${hal}`
  await sql`update auth.users set last_sign_in_at = now() where id = ${hal}`
  expect(await codeOf(call(ana, 'add_participants', { conversation_id: id, user_ids: [hal] }))).not.toBeNull()
  expect(await codeOf(call(ana, 'open_direct', { other_id: crypto.randomUUID() }))).toBe('profile_not_found')
})
