import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { type Database, sqlState } from './database.ts'
import type { Claims } from './tokens.ts'

export interface Asker {
  topic: string
  claims: Claims
  headers: Record<string, string>
}

export interface Permissions {
  broadcast: boolean
  presence: boolean
}

/** `permissions`, or why they cannot be known: `policy` is a policy that raised, `unavailable` the database. */
export type Answer =
  | { permissions: Permissions }
  | { failure: 'policy' | 'role' | 'unavailable'; message: string }

const insufficientPrivilege = '42501'
const noPartition = '23514'

/**
 * What the policies let a user read: the server writes a probe row for each extension as itself, becomes the user and
 * looks which it sees. A policy sees topic and extension, neither payload nor event.
 */
export function readPermissions(database: Database, asker: Asker): Promise<Answer> {
  return ask(database, async (client) => {
    const [broadcast, presence] = [randomUUID(), randomUUID()]
    await client.query('set local session authorization supabase_realtime_admin')
    await client.query(
      `insert into realtime.messages (id, topic, extension) values ($1, $3, 'broadcast'), ($2, $3, 'presence')`,
      [broadcast, presence, asker.topic],
    )
    await becomeUser(client, asker)
    const { rows } = await client.query<{ id: string }>(
      'select id from realtime.messages where id in ($1, $2) and topic = $3',
      [broadcast, presence, asker.topic],
    )
    const seen = new Set(rows.map((row) => row.id))
    return { broadcast: seen.has(broadcast), presence: seen.has(presence) }
  })
}

/** What the policies let a user write: inserted as the user, one savepoint an extension. */
export function writePermissions(database: Database, asker: Asker): Promise<Answer> {
  return ask(database, async (client) => {
    await client.query('set local session authorization supabase_realtime_admin')
    await becomeUser(client, asker)
    return {
      broadcast: await mayInsert(client, asker.topic, 'broadcast'),
      presence: await mayInsert(client, asker.topic, 'presence'),
    }
  })
}

/** The session belongs to supabase_realtime_admin by now: PostgreSQL refuses every role that is not granted to it. */
async function becomeUser(client: pg.PoolClient, { topic, claims, headers }: Asker): Promise<void> {
  try {
    await client.query(
      `select set_config('realtime.topic', $2, true), set_config('request.jwt.claims', $3, true),
        set_config('request.headers', $4, true), set_config('role', $1, true)`,
      [claims.role, topic, JSON.stringify(claims), JSON.stringify(headers)],
    )
  } catch (error) {
    if (sqlState(error) === undefined) throw error
    throw Object.assign(new Error(error instanceof Error ? error.message : String(error)), {
      roleRefused: true,
    })
  }
}

async function mayInsert(client: pg.PoolClient, topic: string, extension: string): Promise<boolean> {
  await client.query('savepoint probe')
  try {
    await client.query('insert into realtime.messages (topic, extension) values ($1, $2)', [topic, extension])
    return true
  } catch (error) {
    if (sqlState(error) !== insufficientPrivilege) throw error
    return false
  } finally {
    await client.query('rollback to savepoint probe')
  }
}

async function ask(
  database: Database,
  probe: (client: pg.PoolClient) => Promise<Permissions>,
  retried = false,
): Promise<Answer> {
  try {
    return { permissions: await database.rolledBack(probe) }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    if (error instanceof Error && 'roleRefused' in error) return { failure: 'role', message }
    const state = sqlState(error)
    // Class 57 and 08: PostgreSQL is going down, or gone. 53: it has no connections left.
    if (state === undefined || /^(08|53|57P)/.test(state)) return { failure: 'unavailable', message }
    if (state === noPartition && !retried) {
      // The machine slept past the partitions made ahead.
      await database.ensurePartitions().catch(() => {})
      return ask(database, probe, true)
    }
    return { failure: 'policy', message }
  }
}
