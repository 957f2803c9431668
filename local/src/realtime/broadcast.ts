import { writePermissions } from './authorization.ts'
import { type Channel, reply, shutdown } from './channel.ts'
import { type Incoming, outgoingJson, outgoingUserBroadcast } from './frames.ts'

/** A broadcast that a client sends into its channel. Synchronous once the right to write is known. */
export function handleBroadcast(channel: Channel, message: Incoming): void | Promise<void> {
  if (channel.config.isPrivate && !channel.write) {
    return learnToWrite(channel).then((failure) => {
      if (channel.ended) return
      if (failure === undefined) send(channel, message)
      else answer(channel, message, failure)
    })
  }
  send(channel, message)
}

/** Asks the policies what the user may write; a failure is not remembered, its text is for the client. */
export async function learnToWrite(channel: Channel): Promise<string | undefined> {
  const { services, name, claims, connection } = channel
  const answered = await writePermissions(services.database, {
    topic: name,
    claims,
    headers: connection.headers,
  })
  if ('permissions' in answered) {
    channel.write = answered.permissions
    return undefined
  }
  services.log(`realtime: unable to authorize a write to ${channel.topic}; ${answered.message}`)
  return answered.failure === 'unavailable'
    ? 'Realtime was unable to connect to the project database'
    : `${denied(name)} (a policy on realtime.messages failed: ${answered.message})`
}

export const denied = (name: string) => `You do not have permissions to write to this Channel topic: ${name}`

function send(channel: Channel, message: Incoming): void {
  const { services, config, name } = channel
  const { broadcast } = message
  const json = broadcast ? '' : JSON.stringify(message.payload)
  const bytes = broadcast ? broadcast.body.length : Buffer.byteLength(json)
  if (config.isPrivate && !channel.write?.broadcast) {
    answer(channel, message, `Unauthorized: ${denied(name)}`)
  } else if (broadcast?.metadata.includes('"persist"')) {
    // Sent but not stored would look like a success: rather refuse what only replay would show to be missing.
    services.log(`realtime: a broadcast to ${channel.topic} was refused; persist is not supported here`)
    answer(channel, message, 'persist is not supported here')
  } else if (!services.messages()) {
    shutdown(channel, 'Too many messages per second')
  } else if (bytes > services.limits.payloadBytes) {
    answer(channel, message, 'payload_size_exceeded')
  } else {
    const make = () =>
      broadcast ? outgoingUserBroadcast(name, broadcast) : outgoingJson('broadcast', name, 'broadcast', json)
    services.hub.publish(name, config.isPrivate, make, config.self ? undefined : channel)
    answer(channel, message)
  }
}

/** Clients that asked for acknowledgements get one, also of a refusal; the others hear nothing, as on the platform. */
function answer(channel: Channel, message: Incoming, failure?: string): void {
  if (!channel.config.ack) return
  if (failure === undefined) reply(channel.connection, message, 'ok', {})
  else reply(channel.connection, message, 'error', { reason: failure, error: failure })
}
