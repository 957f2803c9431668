import postgres from 'postgres'
import { startStack } from '../local/src/index.ts'
import { raiseRateLimits } from '../test/support/rate-limits.ts'
import { type Measure, measure } from './measure.ts'

type Change = [kind: string, run: (as: Caller) => Promise<unknown>, mostBytes?: number]
type Caller = (
  person: string,
  name: string,
  named: Record<string, unknown>,
) => Promise<Record<string, unknown>>

/**
 * What each kind of change writes, in conversations of 2, 20 and 201 people: rows in all, rows of broadcasts, bytes of a payload. Typing
 * is not among them: clients send it to each other, and the database writes nothing.
 */
export async function measureCosts(): Promise<Measure[]> {
  const stack = await startStack({ seed: false })
  const sql = postgres(stack.dbUrl, { max: 1, onnotice: () => {} })
  try {
    await raiseRateLimits(stack.dbUrl)
    const measures: Measure[] = []
    for (const size of [2, 20, 201]) {
      for (const [kind, run, mostBytes] of await changesOf(sql, size)) {
        const { written, rows, bytes, all } = await costOf(sql, () => run(callAs(sql)))
        measures.push(
          measure(`${size} people: rows written for ${kind}`, written, 'rows'),
          measure(`${size} people: broadcasts for ${kind}`, rows, 'rows'),
          measure(
            `${size} people: largest payload for ${kind}`,
            bytes,
            'bytes',
            mostBytes ? ['<=', mostBytes] : undefined,
          ),
          measure(`${size} people: all payloads for ${kind}`, all, 'bytes'),
        )
      }
    }
    return measures
  } finally {
    await sql.end()
    await stack.stop()
  }
}

const callAs =
  (sql: postgres.Sql): Caller =>
  async (person, name, named) => {
    const claims = JSON.stringify({ sub: person, role: 'authenticated' })
    await sql`select set_config('request.jwt.claims', ${claims}, false)`
    const values = Object.values(named).map((value) =>
      typeof value === 'object' && !Array.isArray(value) ? sql.json(value as never) : value,
    )
    const list = Object.keys(named).map((argument, at) => `${argument} => $${at + 1}`)
    const [row] = await sql.unsafe(`select public.${name}(${list.join(', ')}) as answer`, values as never[])
    return row?.answer
  }

/** A group and the changes to make in it, one after the other. */
async function changesOf(sql: postgres.Sql, size: number): Promise<Change[]> {
  const people = Array.from({ length: size + 1 }, () => crypto.randomUUID())
  const [owner = '', reader = ''] = people
  const newcomer = people.at(-1)!
  await sql`insert into auth.users (id, email) select id, id || '@example.com' from unnest(${people}::uuid[]) as id`
  const id = crypto.randomUUID()
  const message = crypto.randomUUID()
  const here = { conversation_id: id }
  const send = { ...here, message_id: message, content: 'as long as most of them' }
  return [
    [
      'a new group',
      (as) =>
        as(owner, 'create_group', { group_id: id, subject: 'Group', member_ids: people.slice(1, size) }),
      2_048,
    ],
    ['a message', (as) => as(owner, 'send_message', send)],
    ['a read mark', (as) => as(reader, 'mark_read', { ...here, seq: 1 })],
    ['a reaction', (as) => as(reader, 'react', { message_id: message, emoji: '🎸' }), 256],
    [
      'a reaction taken back',
      (as) => as(reader, 'react', { message_id: message, emoji: '🎸', present: false }),
      256,
    ],
    [
      'an edit',
      (as) =>
        as(owner, 'edit_message', { message_id: message, changes: { content: 'as long as before, too' } }),
    ],
    ['a deletion', (as) => as(owner, 'delete_message', { message_id: message })],
    [
      'a subject',
      (as) => as(owner, 'update_group', { ...here, changes: { subject: 'x'.repeat(200) } }),
      2_048,
    ],
    ['a role', (as) => as(owner, 'set_role', { ...here, user_id: reader, role: 'admin' }), 2_048],
    [
      'a participant who joins',
      (as) => as(owner, 'add_participants', { ...here, user_ids: [newcomer] }),
      2_048,
    ],
    ['a participant who leaves', (as) => as(newcomer, 'leave_conversation', here), 2_048],
    ['one who comes back', (as) => as(owner, 'add_participants', { ...here, user_ids: [newcomer] }), 2_048],
    ['a removal', (as) => as(owner, 'remove_participant', { ...here, user_id: newcomer }), 2_048],
    ['muting', (as) => as(reader, 'set_conversation_flags', { ...here, flags: { muted: true } })],
  ]
}

async function costOf(sql: postgres.Sql, change: () => Promise<unknown>) {
  await sql`truncate realtime.messages`.catch(() => sql`delete from realtime.messages where true`)
  // In the transaction of the change: what others write is not in these counts, and what this connection wrote before is taken off.
  await sql.unsafe('begin')
  const before = await rowsWritten(sql)
  await change()
  const written = (await rowsWritten(sql)) - before
  await sql.unsafe('commit')
  const [cost] = await sql<{ rows: number; bytes: number; all: number }[]>`
    select count(*)::integer as rows, coalesce(max(octet_length(payload::text)), 0)::integer as bytes,
      coalesce(sum(octet_length(payload::text)), 0)::integer as all
    from realtime.messages`
  return { written, ...cost! }
}

async function rowsWritten(sql: postgres.Sql): Promise<number> {
  const [count] = await sql<{ written: number }[]>`
    select coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::integer as written
    from pg_stat_xact_all_tables
    where schemaname in ('public', 'private', 'realtime')`
  return count!.written
}
