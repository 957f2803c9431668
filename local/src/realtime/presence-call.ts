import { denied, learnToWrite } from './broadcast.ts'
import { type Channel, reply, shutdown } from './channel.ts'
import { type Incoming, isRecord } from './frames.ts'

/** `track` and `untrack`. */
export async function handlePresence(channel: Channel, message: Incoming): Promise<void> {
  const { services, config, connection, name } = channel
  const event = typeof message.payload.event === 'string' ? message.payload.event.toLowerCase() : undefined
  if (event === undefined) return reply(connection, message, 'ok', {})
  if (!withinLimit(channel)) return shutdown(channel, 'Client presence rate limit exceeded')
  const refuse = (reason: string) => reply(connection, message, 'error', { reason })

  if (event === 'untrack') {
    channel.tracked = undefined
    services.presences.untrack(name, config.isPrivate, channel)
    return reply(connection, message, 'ok', {})
  }
  if (event !== 'track') return refuse('unknown presence event')

  if (config.isPrivate && !channel.write) {
    const failure = await learnToWrite(channel)
    if (channel.ended) return
    if (failure !== undefined) return refuse(failure)
  }
  if (config.isPrivate && !channel.write?.presence) return refuse(`Unauthorized: ${denied(name)}`)
  const payload = message.payload.payload ?? {}
  if (!isRecord(payload)) return refuse('Presence track payload must be a map')
  const json = JSON.stringify(payload)
  if (Buffer.byteLength(json) > services.limits.payloadBytes)
    return shutdown(channel, 'Track message size exceeded')
  if (json !== channel.tracked) {
    channel.tracked = json
    services.presences.track(name, config.isPrivate, channel, config.presence.key, payload)
  }
  // Tracking turns presence on; who was there before is told to those alone who asked when they joined.
  config.presence.enabled = true
  reply(connection, message, 'ok', {})
}

function withinLimit(channel: Channel): boolean {
  const { presenceCalls, presenceWindowMs } = channel.services.limits
  const now = Date.now()
  channel.presenceCalls = channel.presenceCalls.filter((at) => now - at < presenceWindowMs)
  channel.presenceCalls.push(now)
  return channel.presenceCalls.length <= presenceCalls
}
