import type { SocketMessage } from './frames.ts'

/** What a message of Realtime says, as far as faults need it. */
export interface RealtimeMessage {
  topic: string
  event: string
  joinRef: string | null
  /** Writes another message for the same channel, in the same version of the protocol. */
  write(event: string, payload: object): string
}

const binary = 2
/** Binary frames carry broadcasts: how many bytes stand before the topic, and where its length is. */
const binaryKinds: Record<
  number,
  { header: number; topicAt: (head: Buffer) => number; topicLength: number }
> = {
  3: { header: 7, topicAt: (head) => 7 + head.readUInt8(1) + head.readUInt8(2), topicLength: 3 },
  4: { header: 5, topicAt: () => 5, topicLength: 1 },
}

/** Reads a message of either version of the protocol; nothing for what is none. */
export function readRealtime({ opcode, payload }: SocketMessage): RealtimeMessage | undefined {
  if (opcode === binary) return readBinary(payload)
  try {
    const message: unknown = JSON.parse(payload.toString('utf8'))
    if (Array.isArray(message)) {
      const [joinRef, , topic, event] = message
      return {
        topic,
        event,
        joinRef,
        write: (name, content) => JSON.stringify([joinRef, null, topic, name, content]),
      }
    }
    const { topic, event, join_ref: joinRef } = message as Record<string, string>
    if (topic === undefined || event === undefined) return undefined
    return {
      topic,
      event,
      joinRef: joinRef ?? null,
      write: (name, content) =>
        JSON.stringify({ topic, event: name, payload: content, ref: null, join_ref: joinRef }),
    }
  } catch {
    return undefined
  }
}

function readBinary(payload: Buffer): RealtimeMessage | undefined {
  const kind = binaryKinds[payload[0] ?? 0]
  if (!kind || payload.length < kind.header) return undefined
  const from = kind.topicAt(payload)
  const topic = payload.toString('utf8', from, from + payload.readUInt8(kind.topicLength))
  return {
    topic,
    event: 'broadcast',
    joinRef: null,
    write: (name, content) => JSON.stringify([null, null, topic, name, content]),
  }
}
