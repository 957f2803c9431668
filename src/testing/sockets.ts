import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Decide } from './faults.ts'
import { createFrameReader, type SocketMessage, writeText } from './frames.ts'
import { createLane, type Lane } from './lane.ts'
import { type RealtimeMessage, readRealtime } from './protocol.ts'
import { askTarget } from './requests.ts'
import type { Weather } from './weather.ts'

/** Passes WebSockets on to the target, message by message, with the faults that are decided for each. */
export function createUpgradeHandler(target: URL, weather: Weather) {
  let opened = 0
  return (request: IncomingMessage, client: Duplex, head: Buffer): void => {
    const decide = weather.decide(++opened)
    weather.whenPassing(() => {
      // Without compression, so that every message can be read.
      delete request.headers['sec-websocket-extensions']
      const upstream = askTarget(target, request, { connection: 'Upgrade', upgrade: 'websocket' })
      client.on('close', () => upstream.destroy())
      upstream.on('error', () => client.destroy())
      upstream.on('response', (answer) => {
        client.write(`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\nConnection: close\r\n\r\n`)
        answer.pipe(client)
      })
      upstream.on('upgrade', (answer, server, serverHead) => {
        client.write(`HTTP/1.1 101 Switching Protocols\r\n${headerLines(answer)}\r\n`)
        weather.track(server as Socket)
        relay(weather, decide, client, server)
        if (serverHead.length > 0) server.unshift(serverHead)
        if (head.length > 0) client.unshift(head)
      })
      upstream.end()
    })
  }
}

const headerLines = ({ rawHeaders }: IncomingMessage) =>
  rawHeaders.map((part, i) => (i % 2 === 0 ? `${part}: ` : `${part}\r\n`)).join('')

function relay(weather: Weather, decide: Decide, client: Duplex, server: Duplex): void {
  const toClient = createLane(weather, (raw) => client.writable && client.write(raw))
  const toServer = createLane(weather, (raw) => server.writable && server.write(raw))
  /** The channels that the client has joined, with what names this join of each. */
  const joined = new Map<string, RealtimeMessage>()

  /** What the server does when a channel's token has expired: it says so, and closes the channel. */
  function expire(topic: string): void {
    const join = joined.get(topic)
    if (!join) return
    joined.delete(topic)
    weather.count('expire')
    const message = 'Token has expired 0 seconds ago'
    const channel = topic.replace(/^realtime:/, '')
    const notice = join.write('system', { extension: 'system', status: 'error', message, channel })
    toClient.pass(writeText(notice, 'server'))
    // Asked to by leaving, the server forgets the channel and closes it.
    toServer.pass(writeText(join.write('phx_leave', {}), 'client'))
  }

  function handle(message: SocketMessage, lane: Lane, from: 'client' | 'server'): void {
    const said = message.opcode < 8 ? readRealtime(message) : undefined
    if (from === 'client' && said?.event === 'phx_join') joined.set(said.topic, said)
    if (from === 'client' && said?.event === 'phx_leave') joined.delete(said.topic)
    const fault = said ? decide('socket') : null
    if (fault === 'cut') {
      weather.count(fault)
      client.destroy()
    } else if (fault === 'partition') weather.partition()
    else {
      if (said?.event === 'broadcast') lane.broadcast(message.raw, decide('broadcast'))
      else lane.pass(message.raw)
      if (said && fault === 'expire') expire(said.topic)
    }
  }

  for (const [from, source, lane, other] of [
    ['client', client, toServer, server],
    ['server', server, toClient, client],
  ] as const) {
    source.on(
      'data',
      createFrameReader((message) => handle(message, lane, from)),
    )
    source.on('end', () => lane.afterwards(() => other.end()))
    source.on('error', () => source.destroy())
    source.on('close', () => lane.afterwards(() => other.destroy()))
  }
}
