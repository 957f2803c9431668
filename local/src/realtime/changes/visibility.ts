import pg from 'pg'
import type { Database } from '../database.ts'
import type { Row } from '../pgoutput.ts'
import type { Claims } from '../tokens.ts'
import type { Table } from './table.ts'

const { escapeIdentifier, escapeLiteral } = pg

/** Who of the subscribers sees the row now: the policies are asked as each of them, by its primary key. */
export async function visibleTo(
  database: Database,
  table: Table,
  row: Row,
  subscribers: Claims[],
  log: (line: string) => void,
): Promise<boolean[]> {
  // Those with the same token see the same.
  const distinct = [...new Set(subscribers.map((claims) => JSON.stringify(claims)))]
  const keys = table.columns.filter(({ isKey }) => isKey)
  const wanted = keys.map(
    ({ name, type }) => `${escapeIdentifier(name)} = ${escapeLiteral(row[name] ?? '')}::${type}`,
  )
  const look = `select exists (select from ${table.fullName} where ${wanted.join(' and ')}) as seen`
  const become = (claims: string) =>
    `select set_config('role', ${escapeLiteral(JSON.parse(claims).role)}, true), set_config('request.jwt.claims', ${escapeLiteral(claims)}, true)`
  const seen = await database.rolledBack(async (client) => {
    // From here only the roles of the API can be taken, whatever a token says.
    await client.query('set local session authorization supabase_realtime_admin')
    await client.query('savepoint asking')
    try {
      // One round trip for all of them.
      const script = distinct.map((claims) => `${become(claims)};${look}`).join(';')
      const results = (await client.query(script)) as unknown as { rows: { seen?: boolean }[] }[]
      return results.filter((_, index) => index % 2 === 1).map(({ rows }) => rows[0]?.seen === true)
    } catch {
      return await oneByOne(client, distinct, become, look, log)
    }
  })
  const answers = new Map(distinct.map((claims, index) => [claims, seen[index] === true]))
  return subscribers.map((claims) => answers.get(JSON.stringify(claims)) === true)
}

/** A policy that raises for one subscriber hides the row from that one alone. */
async function oneByOne(
  client: pg.PoolClient,
  all: string[],
  become: (claims: string) => string,
  look: string,
  log: (line: string) => void,
): Promise<boolean[]> {
  const seen: boolean[] = []
  for (const claims of all) {
    await client.query('rollback to savepoint asking')
    try {
      await client.query(become(claims))
      const { rows } = await client.query<{ seen: boolean }>(look)
      seen.push(rows[0]?.seen === true)
    } catch (error) {
      log(`realtime: a change is hidden from a subscriber; ${(error as Error).message}`)
      seen.push(false)
    }
  }
  return seen
}

/** The log tells of a commit a moment before queries see it. */
export async function untilVisible(database: Database, xid: number): Promise<void> {
  const deadline = Date.now() + 5_000
  for (;;) {
    const { rows } = await database.pool.query<{ seen: boolean }>(
      'select pg_visible_in_snapshot($1::text::xid8, pg_current_snapshot()) as seen',
      [String(xid)],
    )
    if (rows[0]?.seen || Date.now() > deadline) return
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}
