import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { createChanges } from './changes/index.ts'
import type { Services } from './channel.ts'
import { type OpenSocket, serve } from './connection.ts'
import { createDatabase, type Database } from './database.ts'
import { createDatabaseBroadcast } from './database-broadcast.ts'
import type { Vsn } from './frames.ts'
import { createHub } from './hub.ts'
import { createMeter, defaultLimits, type RealtimeLimits } from './limits.ts'
import { createPresences } from './presence.ts'
import { startReplication } from './replication.ts'
import { handleBroadcastRequest, xHeaders } from './rest.ts'
import { publicationName } from './schema.ts'
import { createSlot } from './slot.ts'
import { createTokens, type Keys } from './tokens.ts'

export type { RealtimeLimits } from './limits.ts'

export interface RealtimeOptions extends Keys {
  /** Connection string of the superuser; the database needs `realtimeSchema` and `wal_level = logical`. */
  adminUrl: string
  limits?: Partial<RealtimeLimits>
  log?: (line: string) => void
}

export interface Realtime {
  /** GET /realtime/v1/websocket?apikey=…&vsn=… */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** POST /realtime/v1/api/broadcast and /realtime/v1/api/broadcast/:topic/events/:event */
  fetch(request: Request): Promise<Response>
  /** Closes the sockets and gives back what the server held in the database. */
  close(): Promise<void>
}

const partitionsEveryMs = 60 * 60 * 1000
const sweepEveryMs = 5_000

/**
 * A server for what `@supabase/realtime-js` speaks: broadcast, from clients and the database, presence, and changes of
 * tables.
 *
 * It answers as the platform does, with these differences. Its slot is permanent while it runs, so that nothing the
 * database sends is lost over a reconnect; if the slot is lost all the same, the sockets are closed, so that clients
 * read again. Broadcasts of the database and deliveries do not count against the messages a second. A refused write is
 * answered with an error where the client asked for an acknowledgement (the platform stays silent), and a policy that
 * raises is quoted. There is no `persist`. One server follows one database: a second one
 * takes the slot over.
 */
export async function createRealtime(options: RealtimeOptions): Promise<Realtime> {
  const log = options.log ?? (() => {})
  const limits = { ...defaultLimits, ...options.limits }
  const database = createDatabase(options.adminUrl, log)
  const hub = createHub()
  const sockets = new Set<OpenSocket>()
  const closeSockets = (code: number, reason: string) => {
    for (const socket of sockets) socket.close(code, reason)
  }
  const replication = await prepare(database)
    .then(() =>
      startReplication({
        adminUrl: options.adminUrl,
        slot: createSlot(database, 'tertulia_realtime'),
        publication: publicationName,
        onRow: createDatabaseBroadcast(hub, limits.payloadBytes, log),
        // Clients that connect again know to read what they missed.
        onGap: () => closeSockets(1012, 'messages of the database were lost'),
        log,
      }),
    )
    .catch(async (error) => {
      await database.close()
      throw error
    })

  const changes = createChanges({ adminUrl: options.adminUrl, database, log })
  const services: Services = {
    database,
    hub,
    presences: createPresences(hub),
    changes,
    tokens: createTokens(options),
    limits,
    joins: createMeter(limits.joinsPerSecond, limits.burstSeconds),
    messages: createMeter(limits.messagesPerSecond, limits.burstSeconds),
    streaming: replication.streaming,
    log,
  }
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    // Room for what a frame carries beside the payload; a larger one is refused by closing the socket.
    maxPayload: limits.payloadBytes + 64 * 1024,
  })
  const partitions = setInterval(() => {
    database
      .ensurePartitions()
      .catch((error) => log(`realtime: unable to prepare partitions; ${error.message}`))
  }, partitionsEveryMs)
  const sweep = setInterval(
    () => {
      for (const socket of sockets) {
        if (Date.now() - socket.lastHeard() > limits.idleMs) socket.close(1000, 'no heartbeat')
      }
    },
    Math.min(sweepEveryMs, limits.idleMs),
  )
  let closing: Promise<void> | undefined
  const close = async () => {
    clearInterval(partitions)
    clearInterval(sweep)
    closeSockets(1001, 'the server closes')
    const impatience = setTimeout(() => {
      for (const ws of server.clients) ws.terminate()
    }, 1_000)
    await Promise.all([replication.close(), changes.close()])
    await database.close()
    clearTimeout(impatience)
    for (const ws of server.clients) ws.terminate()
    server.close()
  }

  const open = (ws: WebSocket, about: { vsn: Vsn; apikey: string; headers: Record<string, string> }) => {
    const socket = serve(services, ws, about)
    sockets.add(socket)
    ws.on('close', () => sockets.delete(socket))
  }

  const upgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const headers = new Headers(
      Object.entries(request.headers).flatMap(([name, value]) =>
        typeof value === 'string' ? [[name, value]] : [],
      ),
    )
    const apikey = headers.get('x-api-key') ?? url.searchParams.get('apikey') ?? headers.get('apikey')
    const vsn = url.searchParams.get('vsn') ?? '1.0.0'
    if (vsn !== '1.0.0' && vsn !== '2.0.0')
      return refuse(socket, '400 Bad Request', `vsn ${vsn} is not spoken here`)
    if (!apikey) return refuse(socket, '401 Unauthorized', 'API key is missing')
    const token = await services.tokens.fromKey(apikey)
    if (!('claims' in token)) {
      log(`realtime: a connection was refused; ${token.code}: ${token.message}`)
      return refuse(socket, '401 Unauthorized', token.message.replace(/ \d+ seconds ago$/, ''))
    }
    if (closing) return refuse(socket, '503 Service Unavailable', 'Realtime is restarting, please standby')
    if (sockets.size >= limits.connections) {
      log('realtime: a connection was refused; ConnectionRateLimitReached: Too many connected users')
      return refuse(socket, '429 Too Many Requests', 'Too many connected users')
    }
    server.handleUpgrade(request, socket, head, (ws) => open(ws, { vsn, apikey, headers: xHeaders(headers) }))
  }

  return {
    handleUpgrade: (request, socket, head) => {
      // A client that is gone before the answer is no failure of the server.
      socket.on('error', () => {})
      upgrade(request, socket, head).catch((error) => {
        log(`realtime: unable to open a socket; ${error.message}`)
        socket.destroy()
      })
    },
    fetch: (request) => handleBroadcastRequest(services, request),
    close: () => {
      closing ??= close()
      return closing
    },
  }
}

/** Says at once, and clearly, what the server cannot do without. */
async function prepare(database: Database): Promise<void> {
  const { rows } = await database.pool.query<{ wal_level: string; installed: boolean }>(
    `select current_setting('wal_level') as wal_level, to_regclass('realtime.messages') is not null as installed`,
  )
  if (rows[0]?.wal_level !== 'logical') {
    throw new Error(
      `unable to start realtime; wal_level of the database is ${rows[0]?.wal_level}, it must be logical`,
    )
  }
  if (!rows[0]?.installed)
    throw new Error('unable to start realtime; the database has no table realtime.messages')
  await database.ensurePartitions()
}

function refuse(socket: Duplex, status: string, reason: string): void {
  const body = JSON.stringify({ error: reason })
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}
