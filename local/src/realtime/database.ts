import pg from 'pg'
import { partitionsSql } from './schema.ts'

/** A failure of the database itself, as opposed to what a policy says. */
export interface Database {
  pool: pg.Pool
  /** Runs in one transaction that is always rolled back. */
  rolledBack<Result>(run: (client: pg.PoolClient) => Promise<Result>): Promise<Result>
  ensurePartitions(): Promise<void>
  close(): Promise<void>
}

export function createDatabase(adminUrl: string, log: (line: string) => void): Database {
  const pool = new pg.Pool({
    connectionString: adminUrl,
    max: 10,
    application_name: 'realtime',
    connectionTimeoutMillis: 10_000,
    // A policy that never ends must not hold a join, or a connection, for ever.
    statement_timeout: 10_000,
  })
  // Idle connections die when PostgreSQL restarts; the pool opens new ones.
  pool.on('error', (error) => log(`realtime: an idle database connection ended; ${error.message}`))
  return {
    pool,
    rolledBack: async (run) => {
      const client = await pool.connect()
      let failure: Error | undefined
      // Without a listener, a connection that dies between two statements ends the process.
      const onError = (error: Error) => {
        failure = error
      }
      client.on('error', onError)
      try {
        await client.query('begin')
        try {
          return await run(client)
        } finally {
          await client.query('rollback').catch((error) => {
            failure = error
          })
        }
      } finally {
        client.off('error', onError)
        client.release(failure)
      }
    },
    ensurePartitions: async () => {
      await pool.query(partitionsSql)
    },
    close: () => pool.end(),
  }
}

/** The SQLSTATE of an error that PostgreSQL answered, if it is one. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined
}
