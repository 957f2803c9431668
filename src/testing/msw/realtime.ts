import { readToken } from './auth.ts'
import { roleIn } from './songs.ts'
import type { World } from './world.ts'

interface Joined {
  joinRef: string | null
  /** Presence of this connection on the topic: its key, once it is tracked. */
  key: string
  isTracked: boolean
}

interface Socket {
  joined: Map<string, Joined>
  send(text: string): void
}

/** A connection of a client. */
interface Connection {
  receive(data: string | ArrayBuffer): void
  close(): void
}

/** A fake Realtime: private channels with broadcast and presence, open to those whom the policies of the schema let in. */
export interface Realtime {
  connect(send: (text: string) => void): Connection
  /** Sends a broadcast of the database. */
  broadcast(topic: string, event: string, payload: object): void
  /** Ends every channel, as when the network is lost; clients join again. */
  cut(): void
}

/** What a client joins a channel with. */
interface Joining {
  config?:
    | {
        private?: boolean | undefined
        presence?: { key?: string | undefined; enabled?: boolean | undefined } | undefined
      }
    | undefined
  access_token?: string | undefined
}

type Frame = [joinRef: string | null, ref: string | null, topic: string, event: string, payload: unknown]

/** Reads a message of the protocol's version 2, and a broadcast in binary. */
function read(data: string | ArrayBuffer): Frame | null {
  if (typeof data === 'string') return JSON.parse(data)
  const bytes = new Uint8Array(data)
  const [kind, ...lengths] = bytes
  if (kind !== 3) return null
  let at = 7
  const next = (length = bytes.length) => {
    const part = bytes.subarray(at, at + length)
    at += length
    return new TextDecoder().decode(part)
  }
  const texts = lengths.slice(0, 5).map((length) => next(length))
  const [joinRef = '', ref = '', topic = '', event = ''] = texts
  const payload = JSON.parse(next())
  return [joinRef, ref || null, topic, 'broadcast', { type: 'broadcast', event, payload }]
}

/** Whether the schema's policies let a user join a topic. */
function mayJoin(world: World, userId: string, topic: string): boolean {
  const account = world.accounts.get(userId)
  const [kind, id = '', key] = topic.split(':')
  if (!account) return false
  if (kind === 'user') return id === userId
  const chat = world.chats.get(id)
  if (kind === 'conversation') {
    return (
      chat?.live_key === key && chat?.members.some((one) => one.user_id === userId && !one.left_at) === true
    )
  }
  const song = world.songs.get(id)
  return (
    kind === 'song' && song !== undefined && song.live_key === key && roleIn(world, song, account) !== null
  )
}

export function createRealtime(world: World): Realtime {
  const sockets = new Set<Socket>()
  const write = (socket: Socket, ...frame: Frame) => socket.send(JSON.stringify(frame))

  function toTopic(topic: string, event: string, payload: unknown, but?: Socket): void {
    for (const socket of sockets) {
      if (socket !== but && socket.joined.has(topic)) write(socket, null, null, topic, event, payload)
    }
  }

  const metas = (key: string) => ({ [key]: { metas: [{ phx_ref: crypto.randomUUID().slice(0, 12) }] } })

  function leave(socket: Socket, topic: string): void {
    const joined = socket.joined.get(topic)
    socket.joined.delete(topic)
    if (joined?.isTracked) toTopic(topic, 'presence_diff', { joins: {}, leaves: metas(joined.key) })
  }

  function join(socket: Socket, [joinRef, ref, topic, , payload]: Frame): void {
    const { config, access_token: token }: Joining = Object(payload)
    const userId = readToken(token)
    const isPrivate = config?.private === true
    if (isPrivate && !(userId && mayJoin(world, userId, topic.replace('realtime:', '')))) {
      const reason = 'Unauthorized: You do not have permissions to read from this Channel topic'
      write(socket, joinRef, ref, topic, 'phx_reply', { status: 'error', response: { reason } })
      return
    }
    const key = config?.presence?.key || crypto.randomUUID()
    socket.joined.set(topic, { joinRef, key, isTracked: false })
    write(socket, joinRef, ref, topic, 'phx_reply', { status: 'ok', response: { postgres_changes: [] } })
    const present = [...sockets].flatMap((one) => one.joined.get(topic) ?? []).filter((one) => one.isTracked)
    const state = Object.assign({}, ...present.map((one) => metas(one.key)))
    if (config?.presence?.enabled) write(socket, joinRef, null, topic, 'presence_state', state)
  }

  function handle(socket: Socket, message: Frame): void {
    const [joinRef, ref, topic, event, payload] = message
    const ok = () => write(socket, joinRef, ref, topic, 'phx_reply', { status: 'ok', response: {} })
    const joined = socket.joined.get(topic)
    if (event === 'phx_join') join(socket, message)
    else if (event === 'heartbeat') ok()
    else if (event === 'phx_leave') {
      leave(socket, topic)
      ok()
      write(socket, joinRef, joinRef, topic, 'phx_close', {})
    } else if (joined && event === 'broadcast') toTopic(topic, 'broadcast', payload, socket)
    else if (joined && event === 'presence') {
      joined.isTracked = Object(payload).event === 'track'
      const change = metas(joined.key)
      const diff = joined.isTracked ? { joins: change, leaves: {} } : { joins: {}, leaves: change }
      toTopic(topic, 'presence_diff', diff)
      ok()
    }
  }

  return {
    connect(send) {
      const socket: Socket = { joined: new Map(), send }
      sockets.add(socket)
      return {
        receive(data) {
          const message = read(data)
          if (message) handle(socket, message)
        },
        close() {
          for (const topic of [...socket.joined.keys()]) leave(socket, topic)
          sockets.delete(socket)
        },
      }
    },
    broadcast: (topic, event, payload) =>
      toTopic(`realtime:${topic}`, 'broadcast', { type: 'broadcast', event, payload }),
    cut() {
      for (const socket of sockets) {
        for (const [topic, { joinRef }] of [...socket.joined]) {
          leave(socket, topic)
          write(socket, joinRef, joinRef, topic, 'phx_close', {})
        }
      }
    },
  }
}
