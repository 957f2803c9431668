import postgres from 'postgres'
import { inject } from 'vitest'

/** Runs something while no broadcast reaches a person: the database refuses each row, and the send goes on without. */
export async function withoutBroadcasts<T>(userId: string, run: () => Promise<T>): Promise<T> {
  const admin = postgres(inject('stack').adminDbUrl, { max: 1, onnotice: () => {} })
  const name = `silent_${userId.replaceAll('-', '')}`
  try {
    await admin.unsafe(
      `alter table realtime.messages add constraint ${name} check (topic <> 'user:${userId}') not valid`,
    )
    return await run()
  } finally {
    await admin.unsafe(`alter table realtime.messages drop constraint if exists ${name}`)
    await admin.end()
  }
}
