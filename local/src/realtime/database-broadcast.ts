import { broadcastPayload, type Outgoing, outgoingJson, outgoingUserBroadcast } from './frames.ts'
import type { Hub } from './hub.ts'
import type { RowChange } from './pgoutput.ts'

/** Fans out a row of realtime.messages. Rows that are no broadcast (of another extension, without an event) are not. */
export function createDatabaseBroadcast(
  hub: Hub,
  payloadBytes: number,
  log: (line: string) => void,
): (change: RowChange) => void {
  return ({ row }) => {
    const { id, topic, event, payload, binary_payload: bytes, private: isPrivate, extension } = row
    if (
      extension !== 'broadcast' ||
      row.skip_broadcast === 't' ||
      isPrivate === null ||
      isPrivate === undefined
    )
      return
    if (!id || topic === null || topic === undefined || event === null || event === undefined) return
    const size = payload ? Buffer.byteLength(payload) : ((bytes?.length ?? 0) - 2) / 2
    if (size > payloadBytes) {
      log(
        `realtime: a database broadcast to ${topic} was dropped; its ${size} bytes exceed the limit of ${payloadBytes}`,
      )
      return
    }
    const make = (): Outgoing | undefined => {
      if (payload) {
        const callback = broadcastPayload(event, payload, JSON.stringify({ id }))
        return outgoingJson('broadcast', topic, 'broadcast', callback, id)
      }
      if (!bytes || Buffer.byteLength(event) > 255) return undefined
      // PostgreSQL writes bytea as \x and two digits a byte.
      const body = Buffer.from(bytes.slice(2), 'hex')
      return outgoingUserBroadcast(topic, { event, encoding: 'binary', body, metadata: '' }, id)
    }
    hub.publish(topic, isPrivate === 't', make)
  }
}
