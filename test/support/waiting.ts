import postgres from 'postgres'
import { expect, inject, onTestFinished, vi } from 'vitest'

/**
 * Runs SQL in a transaction that stays open until another call waits for its locks, then commits and answers what the other call
 * came to. `query` is a part of the waiting statement.
 */
export async function whileHeld<T>(held: string, query: string, call: () => Promise<T>): Promise<T> {
  const sql = postgres(inject('stack').adminDbUrl, { max: 2, onnotice: () => {} })
  onTestFinished(() => sql.end())
  let answer: Promise<T> | undefined
  await sql.begin(async (tx) => {
    await tx.unsafe(held)
    answer = call()
    answer.catch(() => {})
    await vi.waitFor(async () => {
      const waiting = await sql`
        select from pg_stat_activity
        where wait_event_type = 'Lock' and query like ${`%${query}%`} and pid <> pg_backend_pid()`
      expect(waiting).toHaveLength(1)
    })
  })
  return answer as Promise<T>
}
