import type { WebSocket } from 'ws'
import { handleBroadcast } from './broadcast.ts'
import { type Connection, close, end, reply, type Services, shutdown } from './channel.ts'
import { decode, type Incoming, type Vsn } from './frames.ts'
import { join, renewToken } from './join.ts'
import { handlePresence } from './presence-call.ts'

/** A socket that is open, as the server sees it. */
export interface OpenSocket {
  lastHeard(): number
  close(code: number, reason: string): void
}

type Task = () => void | Promise<void>

/** Tasks that one topic of one socket may have waiting: a client that does not wait for its join is cut off. */
const longestLane = 1000

/** Speaks to one client until its socket closes. */
export function serve(
  services: Services,
  ws: WebSocket,
  about: { vsn: Vsn; apikey: string; headers: Record<string, string> },
): OpenSocket {
  const lanes = new Map<string, Task[]>()
  let heard = Date.now()
  const connection: Connection = {
    ...about,
    channels: new Map(),
    joining: 0,
    isOpen: () => ws.readyState === ws.OPEN,
    disconnect: (reason) => ws.close(1008, reason),
    send: (frame) => {
      if (ws.readyState !== ws.OPEN) return
      if (ws.bufferedAmount > services.limits.bufferedBytes) {
        services.log(`realtime: a socket was cut; it reads too slowly, ${ws.bufferedAmount} bytes wait`)
        return ws.terminate()
      }
      ws.send(frame.data, { binary: frame.binary })
    },
  }

  /** What concerns one topic happens in the order it came, even while a join waits for the database. */
  const inOrder = async (topic: string, task: Task): Promise<void> => {
    const waiting = lanes.get(topic)
    if (waiting) {
      if (waiting.push(task) > longestLane) ws.terminate()
      return
    }
    const lane: Task[] = []
    lanes.set(topic, lane)
    for (let next: Task | undefined = task; next; next = lane.shift()) {
      try {
        const pending = next()
        if (pending) await pending
      } catch (error) {
        services.log(
          `realtime: unable to handle a message of ${topic}; ${error instanceof Error ? error.message : error}`,
        )
        const channel = connection.channels.get(topic)
        if (channel) shutdown(channel, 'Unknown Error on Channel')
      }
    }
    lanes.delete(topic)
  }

  ws.on('message', (data: Buffer, isBinary: boolean) => {
    heard = Date.now()
    const message = decode(about.vsn, data, isBinary)
    if (!message) return ws.close(1003, 'not a message of the protocol')
    if (message.topic === 'phoenix') {
      if (message.event === 'heartbeat') reply(connection, message, 'ok', {})
      return
    }
    inOrder(message.topic, () => handle(services, connection, message))
  })
  ws.on('error', (error) => services.log(`realtime: a socket failed; ${error.message}`))
  ws.on('close', () => {
    for (const channel of [...connection.channels.values()]) end(channel)
  })
  return { lastHeard: () => heard, close: (code, reason) => ws.close(code, reason) }
}

function handle(services: Services, connection: Connection, message: Incoming): void | Promise<void> {
  if (!connection.isOpen()) return
  const channel = connection.channels.get(message.topic)
  if (message.event === 'phx_join') {
    // A client that joins again has forgotten its first channel.
    if (channel) close(channel)
    return join(services, connection, message)
  }
  if (!channel) {
    if (message.event === 'phx_leave') return reply(connection, message, 'ok', {})
    return reply(connection, message, 'error', { reason: 'unmatched topic' })
  }
  // Sent by a channel that the client has joined anew since.
  if (message.joinRef !== null && message.joinRef !== channel.joinRef) return
  switch (message.event) {
    case 'phx_leave':
      reply(connection, message, 'ok', {})
      return close(channel)
    case 'broadcast':
      return handleBroadcast(channel, message)
    case 'presence':
      return handlePresence(channel, message)
    case 'access_token':
      return renewToken(channel, message.payload.access_token, (reason) => shutdown(channel, reason))
  }
}
