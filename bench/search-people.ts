import { readFile } from 'node:fs/promises'
import postgres from 'postgres'

/** A search that takes longer is cut off, and counts as so much. */
export const limit = 5_000

/** A connection that is what the API makes of a request: role and claims set. */
export async function connectAs(url: string, person: string | null): Promise<postgres.Sql> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  await sql.unsafe(`set statement_timeout = ${limit}`)
  const role = person ? 'authenticated' : 'anon'
  await sql`select set_config('request.jwt.claims', ${JSON.stringify({ role, sub: person })}, false)`
  await sql.unsafe(`set role ${role}`)
  return sql
}

/** What the server's process behind a connection has had of the CPU, in milliseconds; null where that cannot be told. */
export async function cpuClock(sql: postgres.Sql): Promise<() => Promise<number | null>> {
  const [{ pid } = {}] = await sql`select pg_backend_pid() as pid`
  return async () => {
    const line = await readFile(`/proc/${pid}/schedstat`, 'utf8').catch(() => null)
    return line === null ? null : Number(line.split(' ')[0]) / 1e6
  }
}

/** Who owns the most private songs. */
export async function findCollector(sql: postgres.Sql): Promise<string> {
  const [row] = await sql`
    select created_by as id from public.songs where visibility = 'private' group by 1 order by count(*) desc limit 1`
  return String(row?.id)
}

const friend = '5e0a12c4-0000-4000-8000-000000000500'

/** Somebody with whom 500 private songs of others are shared. */
export async function shareSongs(sql: postgres.Sql): Promise<string> {
  await sql`
    insert into auth.users (id, email, aud, role) values (${friend}, 'friend@example.com', 'authenticated', 'authenticated')
    on conflict do nothing`
  await sql`
    insert into public.shares (target_kind, target_id, kind, shared_by, recipient_id, role, target_created_at, accepted_at)
    select 'song', s.id, 'person', s.created_by, ${friend}, 'view', s.created_at, now()
    from public.songs s
    where s.visibility = 'private' and s.deleted_at is null and not exists (
      select from public.shares h where h.shared_with = ${friend}
    )
    order by md5(s.id::text)
    limit 500`
  return friend
}
