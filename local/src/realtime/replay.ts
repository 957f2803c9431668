import type { Database } from './database.ts'
import { broadcastPayload } from './frames.ts'

export interface ReplayedMessage {
  id: string
  event: string
  meta: string
  /** The payload of the client's callback, as JSON text; absent on a binary message. */
  payload?: string
  bytes?: Buffer
}

const newest = 25

/** The newest messages of a private topic since a time in milliseconds, oldest first. */
export async function readReplay(
  database: Database,
  topic: string,
  since: number,
  limit: number,
): Promise<ReplayedMessage[]> {
  const { rows } = await database.pool.query<{
    id: string
    event: string
    payload: string | null
    binary_payload: Buffer | null
  }>(
    // Messages of one transaction share their time: where they lie in the table tells them apart.
    `select id, event, payload::text as payload, binary_payload
    from realtime.messages
    where topic = $1 and private is true and extension = 'broadcast' and event is not null
      and (payload is not null or binary_payload is not null)
      and inserted_at >= to_timestamp($2::float8 / 1000) at time zone 'utc'
    order by inserted_at desc, tableoid desc, ctid desc
    limit $3`,
    [topic, since, Math.max(1, Math.min(limit, newest))],
  )
  return rows.reverse().map(({ id, event, payload, binary_payload }) => {
    const meta = JSON.stringify({ replayed: true, id })
    if (payload !== null) return { id, event, meta, payload: broadcastPayload(event, payload, meta) }
    return { id, event, meta, bytes: binary_payload ?? Buffer.alloc(0) }
  })
}
