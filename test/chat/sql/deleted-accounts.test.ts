import type postgres from 'postgres'
import { expect, test } from 'vitest'
import { codeOf, connectToDatabase } from './database.ts'

type Database = ReturnType<typeof connectToDatabase>

/** Ana owns a group with Ben and Eve, is in one of Ben's, and talks with Ben alone. */
async function openScene({ call, people, group, send }: Database) {
  const [ana = '', ben = '', eve = '', fred = ''] = await people(4)
  const id = await group([ana, ben, eve])
  const { id: direct } = await call<{ id: string }>(ana, 'open_direct', { other_id: ben })
  const bens = await group([ben, ana, eve])
  const own = await send(ana, id, 'from Ana')
  const theirs = await send(ben, id, 'from Ben')
  await call(ana, 'react', { message_id: theirs.id, emoji: '🎻' })
  return { ana, ben, eve, fred, id, bens, direct, own: own.id, theirs: theirs.id }
}
type Scene = Awaited<ReturnType<typeof openScene>>

/** Every write of chat, as Ana does it. */
const writes: Record<string, (scene: Scene) => [name: string, args: Record<string, unknown>]> = {
  send: ({ id }) => [
    'send_message',
    { conversation_id: id, message_id: crypto.randomUUID(), content: 'ghost' },
  ],
  'send to one': ({ direct }) => [
    'send_message',
    { conversation_id: direct, message_id: crypto.randomUUID(), content: 'ghost' },
  ],
  'send by import': ({ id, theirs }) => [
    'send_message',
    {
      conversation_id: id,
      message_id: crypto.randomUUID(),
      content: 'ghost',
      extras: { reply_to: theirs },
    },
  ],
  edit: ({ own }) => ['edit_message', { message_id: own, changes: { content: 'ghost' } }],
  delete: ({ own }) => ['delete_message', { message_id: own }],
  'delete of another’s': ({ theirs }) => ['delete_message', { message_id: theirs }],
  react: ({ theirs }) => ['react', { message_id: theirs, emoji: '👻', present: true }],
  unreact: ({ theirs }) => ['react', { message_id: theirs, emoji: '🎻', present: false }],
  'mark as read': ({ id }) => ['mark_read', { conversation_id: id, seq: 1_000 }],
  flags: ({ id }) => [
    'set_conversation_flags',
    { conversation_id: id, flags: { muted: true, pinned: true } },
  ],
  'new group': ({ ben }) => [
    'create_group',
    { group_id: crypto.randomUUID(), subject: 'ghost', member_ids: [ben] },
  ],
  'change of a group': ({ id }) => ['update_group', { conversation_id: id, changes: { subject: 'ghost' } }],
  add: ({ id, fred }) => ['add_participants', { conversation_id: id, user_ids: [fred] }],
  remove: ({ id, eve }) => ['remove_participant', { conversation_id: id, user_id: eve }],
  role: ({ id, eve }) => ['set_role', { conversation_id: id, user_id: eve, role: 'admin' }],
  leave: ({ bens }) => ['leave_conversation', { conversation_id: bens }],
  'open with one': ({ fred }) => ['open_direct', { other_id: fred }],
  block: ({ eve }) => ['block_user', { user_id: eve }],
  unblock: ({ eve }) => ['unblock_user', { user_id: eve }],
  report: ({ theirs }) => ['report_message', { message_id: theirs, reason: 'spam', note: 'ghost' }],
  'report of a profile': ({ eve }) => [
    'report_content',
    { kind: 'profile', subject_id: eve, reason: 'spam', note: 'ghost' },
  ],
}

/** What is left of somebody: rows that name them, by table and column, and what the conversations hold. */
async function readTraces(sql: postgres.Sql, { ana, id, direct }: Scene): Promise<Record<string, number>> {
  const [{ query = '' } = {}] = await sql<{ query: string }[]>`
    select string_agg(format('select %L as place, count(*)::integer as n from %I.%I where %I %s', format('%s.%s', c.oid::regclass, a.attname),
      n.nspname, c.relname, a.attname, case when a.atttypid = 'uuid'::regtype then '= $1::uuid' else '@> array[$1::uuid]' end),
      ' union all ') as query
    from pg_attribute a
    join pg_class c on c.oid = a.attrelid
    join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('public', 'private') and c.relkind in ('r', 'p') and not c.relispartition
      and a.atttypid in ('uuid'::regtype, 'uuid[]'::regtype) and a.attnum > 0 and not a.attisdropped`
  const rows = await sql.unsafe<{ place: string; n: number }[]>(query, [ana])
  const traces = Object.fromEntries(rows.flatMap(({ place, n }) => (n > 0 ? [[place, n]] : [])))
  const [said] = await sql`
    select
      (select count(*)::integer from public.messages where content = 'ghost') as ghosts,
      (select count(*)::integer from public.message_reports where note = 'ghost') as notes,
      (select count(*)::integer from public.messages where conversation_id in (${id}, ${direct})) as messages,
      (select count(*)::integer from public.messages where conversation_id in (${id}, ${direct}) and deleted_at is not null) as emptied,
      (select count(*)::integer from public.conversation_participants where conversation_id in (${id}, ${direct}) and left_at is null) as people,
      (select subject from public.conversations where id = ${id}) as subject,
      (select string_agg(role, ',' order by role) from public.conversation_participants where conversation_id = ${id} and left_at is null) as roles`
  return Object.assign(traces, said)
}

/** Runs one in a transaction that stays open until the other waits for it or is through. */
async function hold(
  { sql, call }: Database,
  ana: string,
  [name, args]: [string, Record<string, unknown>],
  [otherName, otherArgs]: [string, Record<string, unknown>],
): Promise<{ held: string | null; other: string | null; waited: boolean }> {
  let other: Promise<string | null> = Promise.resolve(null)
  let waited = false
  const held = sql.begin(async (tx) => {
    const claims = JSON.stringify({ sub: ana, role: 'authenticated' })
    await tx`select set_config('role', 'authenticated', true), set_config('request.jwt.claims', ${claims}, true)`
    const list = Object.keys(args).map((argument, i) => `${argument} => $${i + 1}`)
    const values = Object.values(args).map((value) =>
      typeof value === 'object' && value !== null && !Array.isArray(value) ? tx.json(value as never) : value,
    )
    await tx.unsafe(`select public.${name}(${list.join(', ')})`, values as never[])
    let through = false
    other = codeOf(call(ana, otherName, otherArgs as never)).finally(() => {
      through = true
    })
    const [{ pid } = {}] = await tx`select pg_backend_pid() as pid`
    while (!through && !waited) {
      const blocked = await sql`select from pg_stat_activity where ${pid} = any (pg_blocking_pids(pid))`
      waited = blocked.length > 0
    }
  })
  const code = await codeOf(held)
  return { held: code, other: await other, waited }
}

const deletion: [string, Record<string, unknown>] = ['delete_account', {}]

test.each(Object.keys(writes))(
  '%s: of it and the deletion of the account the second finds the first',
  async (name) => {
    const database = connectToDatabase(4)
    const { sql, call } = database
    const write = writes[name]!

    const alone = await openScene(database)
    await call(alone.ana, 'delete_account')
    const nothingWritten = await readTraces(sql, alone)

    const before = await openScene(database)
    const [first, args] = write(before)
    const writtenBefore = await codeOf(call(before.ana, first, args as never))
    expect(writtenBefore).toBeNull()
    await call(before.ana, 'delete_account')
    const writtenThenDeleted = await readTraces(sql, before)

    // The deletion is under way: the write waits for it, and writes nothing.
    const late = await openScene(database)
    const lost = await hold(database, late.ana, deletion, write(late))
    expect(lost.held).toBeNull()
    // There is nothing to take back.
    if (name !== 'unblock') expect(lost.other).not.toBeNull()
    expect(await readTraces(sql, late)).toEqual(nothingWritten)

    // The write is under way: the deletion waits for it, and takes away what it wrote.
    const early = await openScene(database)
    const won = await hold(database, early.ana, write(early), deletion)
    expect(won).toMatchObject({ held: null, other: null })
    expect(await readTraces(sql, early)).toEqual(writtenThenDeleted)
  },
)
