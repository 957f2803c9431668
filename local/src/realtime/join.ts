import { setTimeout } from 'node:timers/promises'
import { type Answer, type Permissions, readPermissions } from './authorization.ts'
import { subscriptionId } from './changes/subscription.ts'
import {
  type Channel,
  type Connection,
  createChannel,
  end,
  pushText,
  release,
  reply,
  type Services,
  system,
  watchExpiry,
} from './channel.ts'
import { encodeUserBroadcast, type Incoming } from './frames.ts'
import { readJoinConfig } from './join-config.ts'
import { type ReplayedMessage, readReplay } from './replay.ts'

const prefix = 'realtime:'

/** Answers a phx_join: the channel, if it was let in. */
export async function join(services: Services, connection: Connection, message: Incoming): Promise<void> {
  const refuse = (code: string, reason: string) => {
    services.log(`realtime: join of ${message.topic} refused; ${code}: ${reason}`)
    reply(connection, message, 'error', { reason: `${code}: ${reason}` })
  }
  if (!services.joins()) {
    refuse('ClientJoinRateLimitReached', 'Too many joins per second')
    return connection.disconnect('too many joins per second')
  }
  const { limits } = services
  const name = message.topic.slice(prefix.length)
  if (!message.topic.startsWith(prefix) || name === '')
    return refuse('TopicNameRequired', 'You must provide a topic name')
  if (Buffer.byteLength(message.topic) > limits.topicBytes) {
    return refuse('TopicNameTooLong', `A topic has at most ${limits.topicBytes} bytes, ${prefix} included`)
  }
  if (connection.channels.size + connection.joining >= limits.channelsPerConnection) {
    return refuse('ChannelRateLimitReached', 'Too many channels')
  }
  connection.joining += 1
  try {
    await letIn(services, connection, message, name, refuse)
  } finally {
    connection.joining -= 1
  }
}

/** Token, policies, replay: what takes time. */
async function letIn(
  services: Services,
  connection: Connection,
  message: Incoming,
  name: string,
  refuse: (code: string, reason: string) => void,
): Promise<void> {
  const config = readJoinConfig(message.payload)
  const { replay } = config
  if (replay.asked && !config.isPrivate)
    return refuse('UnableToReplayMessages', 'Replay is not allowed for public channels')
  if (replay.asked && (replay.since === undefined || replay.limit === undefined)) {
    return refuse('UnableToReplayMessages', 'Replay params are not valid')
  }

  const token = await services.tokens.fromAccessToken(config.accessToken, connection.apikey)
  if (!('claims' in token)) return refuse(token.code, token.message)
  const { claims } = token
  let read: Permissions = { broadcast: true, presence: true }
  if (config.isPrivate) {
    const answer = await readPermissions(services.database, {
      topic: name,
      claims,
      headers: connection.headers,
    })
    const refusal = refusalOf(answer, name, config.presence.enabled)
    if (refusal) return refuse(refusal.code, refusal.message)
    if ('permissions' in answer) read = answer.permissions
    if (replay.asked && !read.broadcast) return refuse('Unauthorized', notAllowed(name))
  }
  if (!connection.isOpen()) return

  const channel = createChannel({
    connection,
    services,
    topic: message.topic,
    name,
    joinRef: message.joinRef ?? message.ref,
    config,
    claims,
    accessToken: config.accessToken,
    read,
  })
  // Listening starts before the replay is read, so that nothing falls between the two.
  connection.channels.set(message.topic, channel)
  services.hub.join(name, config.isPrivate, channel)
  let replayed: ReplayedMessage[] = []
  if (replay.asked) {
    try {
      // The log tells of a commit a moment before queries see it: what was handed on just before this must be in the answer.
      await setTimeout(10)
      replayed = await readReplay(services.database, name, replay.since ?? 0, replay.limit ?? 1)
    } catch {
      end(channel)
      return refuse('UnableToReplayMessages', 'Realtime was unable to replay messages')
    }
    if (channel.ended) return
  }
  const { postgresChanges } = config
  reply(connection, message, 'ok', {
    postgres_changes: postgresChanges.map((params) => ({ ...params, id: subscriptionId(params) })),
  })
  welcome(channel, replayed)
  // The client need not wait for it to use its channel.
  if (postgresChanges.length > 0) services.changes.subscribe(channel, postgresChanges)
}

/** What a new channel hears first: the replay, what came meanwhile, who is present. */
function welcome(channel: Channel, replayed: ReplayedMessage[]): void {
  const { services, config, connection, topic, name } = channel
  releaseOlder(channel, new Set(replayed.map(({ id }) => id)))
  for (const { id, event, meta, payload, bytes } of replayed) {
    channel.replayed.add(id)
    if (payload !== undefined) pushText(channel, 'broadcast', payload)
    else if (bytes && connection.vsn === '2.0.0') {
      connection.send({ data: encodeUserBroadcast(topic, event, meta, 'binary', bytes), binary: true })
    }
  }
  release(channel)
  if (config.presence.enabled && channel.read.presence) {
    pushText(channel, 'presence_state', services.presences.state(name, config.isPrivate))
  }
  if (config.replicationReady) {
    services.streaming().then(() => {
      if (!channel.ended) system(channel, 'ok', 'Replication connection established')
    })
  }
  watchExpiry(channel)
}

/** More than a replay holds came while it was read: what it has no room for is older than all of it, and goes first. */
function releaseOlder(channel: Channel, replayed: Set<string>): void {
  const held = channel.held ?? []
  const newer = held.findIndex(
    (message) => 'id' in message && message.id !== undefined && replayed.has(message.id),
  )
  if (newer <= 0) return
  channel.held = undefined
  for (const message of held.slice(0, newer)) channel.receive(message)
  channel.held = held.slice(newer)
}

const notAllowed = (name: string) => `You do not have permissions to read from this Channel topic: ${name}`

/** Why the answer of the policies does not let a user in; undefined if it does. */
function refusalOf(
  answer: Answer,
  name: string,
  wantsPresence: boolean,
): { code: string; message: string } | undefined {
  if ('permissions' in answer) {
    const { broadcast, presence } = answer.permissions
    return broadcast || (wantsPresence && presence)
      ? undefined
      : { code: 'Unauthorized', message: notAllowed(name) }
  }
  if (answer.failure === 'unavailable') {
    return {
      code: 'UnableToConnectToProject',
      message: 'Realtime was unable to connect to the project database',
    }
  }
  const what =
    answer.failure === 'role' ? 'the role of the token was refused' : 'a policy on realtime.messages failed'
  return { code: 'Unauthorized', message: `${notAllowed(name)} (${what}: ${answer.message})` }
}

/** Applies a newer token to a joined channel, which closes if it may no longer read. */
export async function renewToken(
  channel: Channel,
  accessToken: unknown,
  close: (reason: string) => void,
): Promise<void> {
  const { services, connection, config, name } = channel
  if (typeof accessToken !== 'string' || accessToken === channel.accessToken) return
  // A key says nothing about a user: the platform leaves the channel as it is.
  if (services.tokens.isKey(accessToken)) return
  const token = await services.tokens.fromAccessToken(accessToken, connection.apikey)
  if (channel.ended) return
  if (!('claims' in token)) return close(token.message)
  if (config.isPrivate) {
    const answer = await readPermissions(services.database, {
      topic: name,
      claims: token.claims,
      headers: connection.headers,
    })
    if (channel.ended) return
    const refusal = refusalOf(answer, name, config.presence.enabled)
    if (refusal) return close(refusal.message)
    if ('permissions' in answer) {
      const { read } = channel
      const lost =
        (read.broadcast && !answer.permissions.broadcast) || (read.presence && !answer.permissions.presence)
      if (lost) return close(`You no longer have permission to read from this Channel topic: ${name}`)
      channel.read = answer.permissions
    }
  }
  Object.assign(channel, { accessToken, claims: token.claims, write: undefined })
  watchExpiry(channel)
}
