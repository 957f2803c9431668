import postgres from 'postgres'
import { startStack } from '../local/src/index.ts'
import { raiseRateLimits } from '../test/support/rate-limits.ts'
import { alternate, type Measure, measure, percentile, type Scale } from './measure.ts'

/** What a send costs in the database, beside the same rows written by hand and beside `realtime.send`. */
export async function measureSends(scale: Scale): Promise<Measure[]> {
  const rounds = scale === 'full' ? 400 : 60
  const stack = await startStack({ seed: false })
  const sql = postgres(stack.dbUrl, { max: 1, onnotice: () => {} })
  const measures: Measure[] = []
  try {
    await raiseRateLimits(stack.dbUrl)
    for (const people of [2, 20, 250]) {
      const { sender, conversation } = await makeGroup(sql, people)
      const before = await countRows(sql)
      await sendMessage(sql, conversation)
      const rows = (await countRows(sql)) - before
      const { ours, theirs } = await alternate(
        rounds,
        () => sendMessage(sql, conversation),
        () => writeByHand(sql, conversation, sender),
      )
      const delivery = await alternate(
        Math.ceil(rounds / 2),
        () => deliverAtOnce(sql, conversation),
        () => deliverOneByOne(sql, conversation),
      )
      const [p50, byHand] = [percentile(ours, 0.5), percentile(theirs, 0.5)]
      measures.push(
        measure(`${people} people: rows written by a send`, rows, 'rows'),
        measure(`${people} people: a send, p50`, p50, 'ms'),
        measure(`${people} people: the same rows by hand / a send, p50`, byHand / p50, '×', ['>=', 0.6]),
        measure(
          `${people} people: one insert … select / realtime.send to each, p50`,
          percentile(delivery.ours, 0.5) / percentile(delivery.theirs, 0.5),
          '×',
        ),
      )
    }
    return measures
  } finally {
    await sql.end()
    await stack.stop()
  }
}

export async function makeGroup(sql: postgres.Sql, size: number) {
  const people = Array.from({ length: size }, () => crypto.randomUUID())
  const [sender = ''] = people
  const conversation = crypto.randomUUID()
  await sql`insert into auth.users (id, email) select id, id || '@example.com' from unnest(${people}::uuid[]) as id`
  await sql`select set_config('request.jwt.claims', ${JSON.stringify({ sub: sender, role: 'authenticated' })}, false)`
  await sql`select public.create_group(${conversation}, 'Group', ${people}::uuid[])`
  return { sender, conversation }
}

export const sendMessage = (sql: postgres.Sql, conversation: string) =>
  sql`select public.send_message(${conversation}, ${crypto.randomUUID()}, 'as long as most of them')`

/** The same rows by one statement that checks nothing: the least that a send could cost. */
export const writeByHand = (sql: postgres.Sql, conversation: string, sender: string) => sql`
  with allowed as (
    update private.rate_limits set tokens = tokens - 1 where user_id = ${sender} and action = 'send'
  ),
  head as (
    update public.conversations set last_seq = last_seq + 1, last_revision = last_revision + 1, last_message_at = now()
    where id = ${conversation} returning last_seq, last_revision
  ),
  mark as (
    update public.conversation_participants p set last_read_seq = last_seq from head
    where conversation_id = ${conversation} and user_id = ${sender}
  ),
  sent as (
    insert into public.messages (id, conversation_id, sender_id, seq, revision, content)
    select ${crypto.randomUUID()}, ${conversation}, ${sender}, last_seq, last_revision, 'as long as most of them' from head
    returning *
  ),
  queued as (
    insert into private.undelivered_messages (message_id) select id from sent
  )
  insert into realtime.messages (topic, extension, event, payload, private)
  select 'user:' || p.user_id, 'broadcast', 'message', to_jsonb(sent) - 'search_vector', true
  from public.conversation_participants p, sent
  where p.conversation_id = ${conversation}`

const payload = { content: 'as long as most of them', seq: 1, revision: 1 }

const deliverAtOnce = (sql: postgres.Sql, conversation: string) =>
  sql`select private.deliver(${conversation}, 'message', ${sql.json(payload)})`

const deliverOneByOne = (sql: postgres.Sql, conversation: string) => sql`
  select realtime.send(${sql.json(payload)}, 'message', 'user:' || user_id, true)
  from public.conversation_participants where conversation_id = ${conversation}`

async function countRows(sql: postgres.Sql): Promise<number> {
  const [row] = await sql`
    select (select count(*) from public.messages) + (select count(*) from private.undelivered_messages)
      + (select count(*) from realtime.messages) as rows`
  return Number(row?.rows)
}
