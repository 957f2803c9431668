import type { Database } from './database.ts'
import { parseLsn } from './pgoutput.ts'

/** The replication slot: PostgreSQL keeps what the server has not acknowledged, also while no connection reads. */
export interface Slot {
  name: string
  /** Replaces whatever an earlier server left behind; answers where the changes begin. */
  recreate(): Promise<bigint>
  /** Takes the slot back from a connection that is dead but not noticed to be; false if it is gone or invalid. */
  prepare(): Promise<boolean>
  drop(): Promise<void>
}

export function createSlot(database: Database, name: string): Slot {
  const { pool } = database
  const find = async () => {
    const { rows } = await pool.query<{ active_pid: number | null; lost: boolean }>(
      `select active_pid, coalesce(wal_status = 'lost', false) as lost
      from pg_catalog.pg_replication_slots where slot_name = $1`,
      [name],
    )
    return rows[0]
  }
  const release = async () => {
    const slot = await find()
    // The timeout makes it wait until the backend is really gone.
    if (slot?.active_pid)
      await pool.query('select pg_catalog.pg_terminate_backend($1, 5000)', [slot.active_pid])
    return slot
  }
  const drop = async () => {
    if (await release()) await pool.query('select pg_catalog.pg_drop_replication_slot($1)', [name])
  }
  return {
    name,
    drop,
    recreate: async () => {
      await drop()
      const { rows } = await pool.query<{ lsn: string }>(
        `select lsn::text from pg_catalog.pg_create_logical_replication_slot($1, 'pgoutput')`,
        [name],
      )
      return parseLsn(rows[0]?.lsn ?? '0/0')
    },
    prepare: async () => {
      const slot = await release()
      return slot !== undefined && !slot.lost
    },
  }
}
