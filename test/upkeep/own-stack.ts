import postgres from 'postgres'
import { afterAll } from 'vitest'
import type { Stack } from '../../local/src/index.ts'
import { startFreshStack } from '../support/fresh-stack.ts'

/** What the tests of one file work on: upkeep touches the whole database, so it shares none with other files. */
export interface OwnStack {
  stack: Stack
  /** As `postgres`, with several connections. */
  sql: postgres.Sql
  /** Accounts, and with them profiles. */
  addPeople(count: number): Promise<string[]>
  /** Songs of a person, deleted that many days ago unless null; answers their ids. */
  addSongs(
    owner: string,
    count: number,
    fields: Record<string, unknown>,
    deletedDays?: number,
  ): Promise<string[]>
}

export async function startOwnStack(): Promise<OwnStack> {
  const stack = await startFreshStack()
  const sql = postgres(stack.dbUrl, { max: 8, onnotice: () => {} })
  afterAll(async () => {
    await sql.end()
    await stack.stop()
  })
  return {
    stack,
    sql,
    async addPeople(count) {
      const rows = await sql`
        insert into auth.users (id, email)
        select p.id, p.id || '@example.com'
        from (select gen_random_uuid() as id from generate_series(1, ${count}::int)) as p
        returning id`
      return rows.map(({ id }) => id as string)
    },
    async addSongs(owner, count, fields, deletedDays) {
      const rows = await sql`
        insert into public.songs (created_by, title, content, visibility, deleted_at)
        select ${owner}, ${String(fields.title ?? 'Old song')}, ${String(fields.content ?? '[C]la [G]la')},
          ${String(fields.visibility ?? 'private')}, now() - make_interval(days => ${deletedDays ?? null}::int, secs => n)
        from generate_series(1, ${count}::int) as n
        returning id`
      return rows.map(({ id }) => id as string)
    },
  }
}

interface Answer {
  steps: { step: string; outcome: string; handled: number; error: string | null }[]
  next: string | null
}

/** One call of the function that the service has. */
export async function cleanUpOnce(sql: postgres.Sql, next: string | null = null): Promise<Answer> {
  const [row] = await sql`select public.cleanup_old_data(${next}) as answer`
  return row?.answer
}

/** Calls it until nothing remains; answers the sums, step by step. */
export async function cleanUp(
  sql: postgres.Sql,
): Promise<Record<string, { outcome: string; handled: number }>> {
  const sums: Record<string, { outcome: string; handled: number }> = {}
  let next: string | null = null
  do {
    const answer: Answer = await cleanUpOnce(sql, next)
    for (const { step, outcome, handled } of answer.steps) {
      sums[step] = { outcome, handled: (sums[step]?.handled ?? 0) + handled }
    }
    next = answer.next
  } while (next !== null)
  return sums
}

/** Everything in the tables of ours but upkeep's own, as one text for each table. */
export async function picture(sql: postgres.Sql): Promise<Record<string, string>> {
  const tables = await sql<{ name: string }[]>`
    select c.oid::regclass::text as name
    from pg_class c
    where c.relnamespace in ('public'::regnamespace, 'private'::regnamespace) and c.relkind = 'r'
      and c.relname not in ('maintenance_log', 'maintenance_steps')`
  const found: Record<string, string> = {}
  for (const { name } of tables) {
    const [row] = await sql.unsafe(
      `select count(*) || ' ' || coalesce(md5(string_agg(md5(t::text), '' order by md5(t::text))), '') as all from ${name} t`,
    )
    found[name] = row?.all
  }
  return found
}
