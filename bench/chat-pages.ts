import postgres from 'postgres'
import { openPostgres } from './database.ts'
import { alternate, type Measure, measure, percentile, type Scale } from './measure.ts'

const conversations = 200

/** One person in two hundred conversations that hold so many messages together. */
async function makeHistory(messages: number) {
  const stack = await openPostgres()
  const admin = postgres(stack.adminUrl, { max: 1, onnotice: () => {} })
  const [me, other] = [crypto.randomUUID(), crypto.randomUUID()]
  await admin`insert into auth.users (id, email) select id, id || '@example.com' from unnest(${[me, other]}::uuid[]) as id`
  const each = messages / conversations
  await admin`
    insert into public.conversations (id, kind, subject, last_seq, last_revision, last_message_at, created_by)
    select gen_random_uuid(), 'group', 'Group ' || n, ${each}, ${each}, now() - n * interval '1 minute', ${me}
    from generate_series(1, ${conversations}) as n`
  await admin`
    insert into public.conversation_participants (conversation_id, user_id, role, last_read_seq)
    select c.id, u, 'member', ${each} - 5 from public.conversations c, unnest(${[me, other]}::uuid[]) as u`
  await admin.end()
  const [{ ids = [] } = {}] = await withOne(
    stack,
    (sql) => sql`select array_agg(id) as ids from public.conversations`,
  )
  // Two connections share the work. The index for searching words takes no part in what is measured here.
  await withOne(stack, (sql) => sql`drop index public.messages_search_vector_idx`)
  const halves = [ids.slice(0, conversations / 2), ids.slice(conversations / 2)]
  await Promise.all(halves.map((half) => withOne(stack, (sql) => fill(sql, half, each, [me, other]))))
  await withOne(stack, (sql) => sql`vacuum analyze public.messages`)
  // What the filling left to write would be written while pages are measured.
  await withOne(stack, (sql) => sql`checkpoint`)
  return { stack, me, ids: ids as string[], each }
}

async function withOne<T>(
  { adminUrl }: { adminUrl: string },
  work: (sql: postgres.Sql) => Promise<T>,
): Promise<T> {
  const sql = postgres(adminUrl, { max: 1, onnotice: () => {} })
  try {
    return await work(sql)
  } finally {
    await sql.end()
  }
}

async function fill(sql: postgres.Sql, ids: string[], each: number, people: string[]): Promise<void> {
  // What the constraints hold is so by construction.
  await sql`set session_replication_role = replica`
  for (let from = 0; from < ids.length; from += 10) {
    await sql`
      insert into public.messages (id, conversation_id, sender_id, seq, revision, content, created_at)
      select gen_random_uuid(), c, (${people}::uuid[])[1 + n % 2], n, n, 'as long as most of them, number ' || n,
        now() - (${each} - n) * interval '1 minute'
      from unnest(${ids.slice(from, from + 10)}::uuid[]) as c, generate_series(1, ${each}::integer) as n`
  }
}

/** Pages of an inbox and of a history where there are many messages, beside where there are few. */
export async function measurePages(scale: Scale): Promise<Measure[]> {
  const many = scale === 'full' ? 10_000_000 : 100_000
  const rounds = scale === 'full' ? 400 : 60
  const small = await makeHistory(10_000)
  const large = await makeHistory(many)
  const [near, far] = [small, large].map(({ stack }) =>
    postgres(stack.url, { max: 1, onnotice: () => {} }),
  ) as [postgres.Sql, postgres.Sql]
  try {
    for (const [sql, { me }] of [
      [near, small],
      [far, large],
    ] as const) {
      await sql`select set_config('request.jwt.claims', ${JSON.stringify({ sub: me, role: 'authenticated' })}, false)`
      await sql`set role authenticated`
    }
    const pick = (ids: string[]) => ids[Math.floor(Math.random() * ids.length)] ?? ''
    const pages: [string, (sql: postgres.Sql, of: typeof small) => Promise<unknown>][] = [
      ['an inbox page of 50', (sql) => sql`select public.get_inbox(50)`],
      ['the newest 50 messages', (sql, { ids }) => sql`select public.list_messages(${pick(ids)}, null, 50)`],
      [
        '50 messages of long ago',
        (sql, { ids, each }) =>
          sql`select public.list_messages(${pick(ids)}, ${51 + Math.floor(Math.random() * (each - 50))}, 50)`,
      ],
      [
        'a synchronisation that is 3 changes behind',
        (sql, { ids, each }) => sql`select public.sync_conversation(${pick(ids)}, ${each - 3}, 50)`,
      ],
    ]
    const measures: Measure[] = []
    for (const [name, ask] of pages) {
      const { ours, theirs } = await alternate(
        rounds,
        () => ask(far, large),
        () => ask(near, small),
      )
      const [p50, before] = [percentile(ours, 0.5), percentile(theirs, 0.5)]
      measures.push(
        measure(`${name} among ${many} messages, p50`, p50, 'ms'),
        measure(`${name} among ${many} / among 10000, p50`, p50 / before, '×', ['<=', 1.5]),
      )
    }
    return measures
  } finally {
    await Promise.all([near.end(), far.end()])
    await Promise.all([small.stack.stop(), large.stack.stop()])
  }
}
