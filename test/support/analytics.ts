import postgres, { type Sql } from 'postgres'
import { expect, inject, onTestFinished, vi } from 'vitest'
import { firefox } from './agents.ts'

/** One connection to the database, which ends with the test. */
export function openDatabase(as: 'owner' | 'admin' = 'owner'): Sql {
  const { dbUrl, adminDbUrl } = inject('stack')
  const sql = postgres(as === 'admin' ? adminDbUrl : dbUrl, { max: 1, onnotice: () => {} })
  // A connection that was killed does not answer a good-bye.
  onTestFinished(() => sql.end({ timeout: 5 }))
  return sql
}

/** Who calls, as the API tells the database. */
export interface Caller {
  /** Nobody signed in unless given. */
  user?: string
  headers?: Record<string, string>
}

/** A visitor of a kind of their own. */
export const visitor = (
  n: number | string = crypto.randomUUID(),
  more: Record<string, string> = {},
): Caller => ({
  headers: {
    'x-forwarded-for': `203.0.113.7, visitor-${n}`,
    'cf-connecting-ip': `v${n}`,
    'user-agent': firefox,
    ...more,
  },
})

/** Becomes somebody for the rest of the transaction. */
async function become(tx: Sql, { user, headers }: Caller) {
  const role = user ? 'authenticated' : 'anon'
  await tx`select set_config('role', ${role}, true), set_config('request.headers', ${JSON.stringify(headers ?? {})}, true),
    set_config('request.jwt.claims', ${JSON.stringify({ role, ...(user && { sub: user }) })}, true)`
}

export async function callAs<T>(sql: Sql, caller: Caller, run: (tx: Sql) => Promise<T>): Promise<T> {
  return (await sql.begin(async (tx) => {
    await become(tx as unknown as Sql, caller)
    return run(tx as unknown as Sql)
  })) as T
}

export interface Answer {
  accepted: number
  refused: { place: number; field: string }[]
}

export const track = (sql: Sql, caller: Caller, events: unknown): Promise<Answer> =>
  callAs(sql, caller, async (tx) => {
    const [row] = await tx`select public.track_events(${tx.json(events as never)}) as answer`
    return row?.answer
  })

/** New accounts, without the API's hashing of passwords. */
export async function makePeople(sql: Sql, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => crypto.randomUUID())
  await sql`insert into auth.users (id, email) select p.id::uuid, p.id || '@example.com' from unnest(${ids}::text[]) as p (id)`
  return ids
}

export const makeSong = (sql: Sql, owner: string, fields: Record<string, unknown> = {}): Promise<string> =>
  callAs(sql, { user: owner }, async (tx) => {
    const song = { content: '{title: Song}\n[C]la', visibility: 'public', ...fields }
    const [row] = await tx`select id from public.create_song(${tx.json(song as never)})`
    return row?.id
  })

/** Rolls up until nothing of these is left, whoever else rolls up meanwhile. */
export async function rollUp(sql: Sql, ...entities: string[]) {
  await vi.waitFor(
    async () => {
      await sql`select public.roll_up_analytics()`
      expect(
        await sql`select from private.analytics_marks where entity_id = any(${entities}::uuid[])`,
      ).toHaveLength(0)
    },
    { timeout: 30_000, interval: 50 },
  )
}

/** What the figures say, and what a recount of the log says, by paths of their own. */
export async function figures(sql: Sql, entity: string) {
  const [told] = await sql`
    select
      (select coalesce(jsonb_object_agg(k.kind, k.n), '{}') from (
        select kind, jsonb_build_array(sum(count), sum(seconds)) as n from private.analytics_quarters where entity_id = ${entity} group by 1) k) as quarters,
      (select coalesce(jsonb_object_agg(k.kind || ' ' || k.day, k.n), '{}') from (
        select kind, day, jsonb_build_array(count, seconds, last_at) as n from private.analytics_days where entity_id = ${entity}) k) as days,
      (select coalesce(jsonb_object_agg(k.kind || ' ' || k.at, k.count), '{}') from (
        select kind, at, sum(count) as count from private.analytics_quarters where entity_id = ${entity} group by 1, 2) k) as by_quarter,
      (select jsonb_build_array(view_count, share_count, last_viewed_at, avg_session_duration_seconds, weekly_views, monthly_views)
        from public.song_analytics where song_id = ${entity}) as counters`
  const [counted] = await sql`
    with e as materialized (select * from private.analytics_events where entity_id = ${entity})
    select
      (select coalesce(jsonb_object_agg(k.kind, k.n), '{}') from (
        select kind, jsonb_build_array(count(*), coalesce(sum(duration_seconds), 0)) as n from e group by 1) k) as quarters,
      (select coalesce(jsonb_object_agg(k.kind || ' ' || k.day, k.n), '{}') from (
        select kind, day, jsonb_build_array(count(*), coalesce(sum(duration_seconds), 0), max(at)) as n from e group by 1, 2) k) as days,
      (select coalesce(jsonb_object_agg(k.kind || ' ' || k.at, k.count), '{}') from (
        select kind, to_timestamp(floor(extract(epoch from at) / 900) * 900) as at, count(*) from e group by 1, 2) k) as by_quarter,
      (select case when exists (select from public.song_analytics where song_id = ${entity}) then jsonb_build_array(
          count(*) filter (where kind = 'song_view'), count(*) filter (where kind = 'song_share'),
          max(at) filter (where kind = 'song_view'), round(avg(duration_seconds) filter (where kind = 'song_session'))::integer,
          count(*) filter (where kind = 'song_view' and day > (now() at time zone 'utc')::date - 7),
          count(*) filter (where kind = 'song_view' and day > (now() at time zone 'utc')::date - 30)) end from e) as counters`
  return { told, counted }
}

/** Rolls up, and holds the figures against the log. Answers them. */
export async function expectExact(sql: Sql, entity: string) {
  await rollUp(sql, entity)
  const { told, counted } = await figures(sql, entity)
  expect(told).toEqual(counted)
  return told as { quarters: Record<string, [number, number]>; days: Record<string, unknown> }
}

/** Logs an event of any time, with its mark, as the database does for events of now. */
export async function logAt(sql: Sql, entity: string, kind: string, at: string, count = 1) {
  await sql`select private.add_event_partition((${at}::timestamptz at time zone 'utc')::date)`
  await sql.begin(async (tx) => {
    await tx`
      insert into private.analytics_events (entity_id, kind, viewer, day, at)
      select ${entity}, ${kind}, gen_random_uuid(), (${at}::timestamptz at time zone 'utc')::date, ${at}::timestamptz from generate_series(1, ${count})`
    await tx`insert into private.analytics_marks (entity_id, day) values (${entity}, (${at}::timestamptz at time zone 'utc')::date)`
  })
}
