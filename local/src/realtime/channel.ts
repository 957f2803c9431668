import type { Permissions } from './authorization.ts'
import type { Database } from './database.ts'
import { encodePush, encodeReply, type Frame, type Incoming, type Outgoing, type Vsn } from './frames.ts'
import type { Hub, Listener } from './hub.ts'
import type { JoinConfig } from './join-config.ts'
import type { Meter, RealtimeLimits } from './limits.ts'
import type { Presences } from './presence.ts'
import { type Claims, expiredMessage, type Tokens } from './tokens.ts'

/** `postgres_changes`: the rows of the publication `supabase_realtime`, for those who may read them. */
export interface Changes {
  /** Tells the channel in a system message when it hears of changes, or why it does not. */
  subscribe(channel: Channel, asked: Record<string, unknown>[]): Promise<void>
  unsubscribe(channel: Channel): void
  close(): Promise<void>
}

/** What the channels of a server share. */
export interface Services {
  database: Database
  hub: Hub
  presences: Presences
  changes: Changes
  tokens: Tokens
  limits: RealtimeLimits
  joins: Meter
  messages: Meter
  /** Resolves once the database's own broadcasts arrive. */
  streaming(): Promise<void>
  log(line: string): void
}

/** The socket as its channels see it. */
export interface Connection {
  vsn: Vsn
  apikey: string
  headers: Record<string, string>
  send(frame: Frame): void
  isOpen(): boolean
  disconnect(reason: string): void
  /** The channels of the socket, by the topic that the client uses (`realtime:…`). */
  channels: Map<string, Channel>
  /** Joins that wait for the database; each will take a place. */
  joining: number
}

/** One joined topic of one socket. */
export interface Channel extends Listener {
  connection: Connection
  services: Services
  /** As the client says it, `realtime:room`; `name` is `room`. */
  topic: string
  name: string
  joinRef: string | null
  config: JoinConfig
  claims: Claims
  accessToken: string | undefined
  read: Permissions
  /** Asked for at the first write and kept until a new token. */
  write: Permissions | undefined
  /** What arrives while the join is being answered waits here, so that it comes after the replay. */
  held: Outgoing[] | undefined
  replayed: Set<string>
  tracked: string | undefined
  presenceCalls: number[]
  expiry: NodeJS.Timeout | undefined
  ended: boolean
}

const longestTimer = 60 * 60 * 1000

export function createChannel(
  about: Pick<
    Channel,
    'connection' | 'services' | 'topic' | 'name' | 'joinRef' | 'config' | 'claims' | 'accessToken' | 'read'
  >,
): Channel {
  const channel: Channel = {
    ...about,
    write: undefined,
    held: [],
    replayed: new Set(),
    tracked: undefined,
    presenceCalls: [],
    expiry: undefined,
    ended: false,
    receive: (message) => receive(channel, message),
  }
  return channel
}

function receive(channel: Channel, message: Outgoing): void {
  if (message.kind === 'presence' && !hearsPresence(channel)) return
  if (message.kind === 'broadcast' && !channel.read.broadcast) return
  if (channel.held) {
    channel.held.push(message)
    return
  }
  if (message.id !== undefined && channel.replayed.has(message.id)) return
  const frame = message.encode(channel.connection.vsn)
  if (frame) channel.connection.send(frame)
}

/** As on the platform: on a public topic everybody hears who comes and goes, also without having asked for presence. */
function hearsPresence({ config, read }: Channel): boolean {
  return !config.isPrivate || (config.presence.enabled && read.presence)
}

/** From here on what arrives goes straight to the socket. */
export function release(channel: Channel): void {
  const held = channel.held ?? []
  channel.held = undefined
  for (const message of held) receive(channel, message)
}

/** Sends a message of the channel to its socket. */
function push(channel: Channel, event: string, payload: unknown): void {
  pushText(channel, event, JSON.stringify(payload))
}

export function pushText(channel: Channel, event: string, payload: string): void {
  const { connection, joinRef, topic } = channel
  connection.send(text(encodePush(connection.vsn, { joinRef, ref: null, topic }, event, payload)))
}

export function reply(connection: Connection, to: Incoming, status: 'ok' | 'error', response: unknown): void {
  connection.send(text(encodeReply(connection.vsn, to, status, response)))
}

const text = (data: string): Frame => ({ data: Buffer.from(data), binary: false })

/** Takes the channel out of everything, without a word to the client. */
export function end(channel: Channel): void {
  if (channel.ended) return
  channel.ended = true
  clearTimeout(channel.expiry)
  const { hub, presences, changes } = channel.services
  changes.unsubscribe(channel)
  hub.leave(channel.name, channel.config.isPrivate, channel)
  presences.untrack(channel.name, channel.config.isPrivate, channel)
  const { channels } = channel.connection
  if (channels.get(channel.topic) === channel) channels.delete(channel.topic)
}

/** Ends the channel and tells the client, which sees it as CLOSED. */
export function close(channel: Channel): void {
  end(channel)
  const { connection, joinRef, topic } = channel
  connection.send(text(encodePush(connection.vsn, { joinRef, ref: joinRef, topic }, 'phx_close', '{}')))
}

/** Says why in a system message, then closes. */
export function shutdown(channel: Channel, message: string): void {
  if (channel.ended) return
  channel.services.log(`realtime: channel ${channel.topic} closed; ${message}`)
  system(channel, 'error', message)
  close(channel)
}

export function system(
  channel: Channel,
  status: 'ok' | 'error',
  message: string,
  extension = 'system',
): void {
  push(channel, 'system', { extension, status, message, channel: channel.name })
}

/** Closes the channel when its token expires. */
export function watchExpiry(channel: Channel): void {
  clearTimeout(channel.expiry)
  const { exp } = channel.claims
  if (exp === undefined) return
  const left = exp * 1000 - Date.now()
  // A token may be valid for longer than a timer can wait.
  if (left > 0) channel.expiry = setTimeout(() => watchExpiry(channel), Math.min(left, longestTimer))
  else shutdown(channel, expiredMessage(exp))
}
