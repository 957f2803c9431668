/** What one server lets its clients do; the defaults are those of the platform's Pro plan. */
export interface RealtimeLimits {
  /** Sockets open at once. */
  connections: number
  /** Channels of one socket. */
  channelsPerConnection: number
  /** Joins a second, over all sockets; the socket that goes over is disconnected. */
  joinsPerSecond: number
  /** Broadcasts a second that clients send by socket and REST, over all of them. Sends of the database are not counted. */
  messagesPerSecond: number
  /** How many seconds' worth of joins and messages may come at once. */
  burstSeconds: number
  /** Bytes of one broadcast or presence payload, also of those that the database sends. */
  payloadBytes: number
  /** Bytes of a topic as the client sends it, `realtime:` included. */
  topicBytes: number
  /** Presence calls of one channel in a window; over it the channel closes. */
  presenceCalls: number
  presenceWindowMs: number
  /** Bytes that may wait for a slow reader before its socket is cut. */
  bufferedBytes: number
  /** A socket that says nothing for so long (not even a heartbeat) is closed. */
  idleMs: number
}

export const defaultLimits: RealtimeLimits = {
  connections: 500,
  channelsPerConnection: 100,
  joinsPerSecond: 500,
  messagesPerSecond: 500,
  burstSeconds: 10,
  payloadBytes: 3 * 1024 * 1024,
  topicBytes: 255,
  presenceCalls: 5,
  presenceWindowMs: 30_000,
  bufferedBytes: 16 * 1024 * 1024,
  idleMs: 60_000,
}

/** A token bucket: answers whether so many may pass now. */
export type Meter = (amount?: number) => boolean

export function createMeter(perSecond: number, burstSeconds: number, now: () => number = Date.now): Meter {
  const capacity = perSecond * burstSeconds
  let left = capacity
  let at = now()
  return (amount = 1) => {
    const time = now()
    left = Math.min(capacity, left + ((time - at) / 1000) * perSecond)
    at = time
    if (left < amount) return false
    left -= amount
    return true
  }
}
