import * as z from 'zod/mini'
import { type Finding, note, ok, problem } from './finding.ts'

const topic = 'realtime:tertulia-doctor'

const replySchema = z.object({
  event: z.literal('phx_reply'),
  topic: z.literal(topic),
  payload: z.object({
    status: z.string(),
    response: z.optional(z.object({ reason: z.optional(z.string()) })),
  }),
})

interface Reply {
  status: string
  reason: string
}

/**
 * Asks to join a private channel that no user may join. The refusal is the good answer: the socket opened, and the
 * policies were asked.
 */
export async function checkRealtime(url: string, key: string, timeoutMs: number): Promise<Finding> {
  const reply = await join(url, key, timeoutMs, true)
  if (typeof reply === 'string') return problem(reply, todo)
  if (reply.status === 'ok') {
    return problem(
      'Realtime lets anybody join any private channel',
      'A policy on realtime.messages lets everyone read: narrow it to the topics that it is for.',
    )
  }
  if (reply.reason.startsWith('Unauthorized')) return ok('Realtime answers and guards private channels')
  return problem(`Realtime refuses private channels; ${reply.reason || reply.status}`, todo)
}

/** Asks to join a public channel. Tertulia sends nothing on one; if they are open, any client can broadcast through your project. */
export async function checkPublicChannels(url: string, key: string, timeoutMs: number): Promise<Finding[]> {
  const reply = await join(url, key, timeoutMs, false)
  return typeof reply !== 'string' && reply.status === 'ok' ? [publicChannels] : []
}

const publicChannels = note(
  'Realtime opens public channels to everybody with the publishable key',
  'Turn off "Allow public access" in the settings of Realtime: Tertulia uses private channels only.',
)

/** What the server answers to a join, or why it does not answer. */
async function join(
  url: string,
  key: string,
  timeoutMs: number,
  isPrivate: boolean,
): Promise<Reply | string> {
  const address = `${url.replace(/^http/, 'ws')}/realtime/v1/websocket?${new URLSearchParams({ apikey: key, vsn: '1.0.0' })}`
  const socket = new WebSocket(address)
  let timer: NodeJS.Timeout | undefined
  try {
    return await new Promise<Reply | string>((settle) => {
      timer = setTimeout(() => settle(`Realtime did not answer within ${timeoutMs / 1000} s`), timeoutMs)
      socket.onerror = () => settle('Realtime does not open a socket')
      socket.onclose = () => settle('Realtime closes the socket')
      socket.onopen = () => socket.send(joinMessage(key, isPrivate))
      socket.onmessage = ({ data }) => {
        const reply = readReply(String(data))
        if (reply) settle(reply)
      }
    })
  } finally {
    clearTimeout(timer)
    socket.close()
  }
}

const todo = 'See that Realtime is on for the project and that the way there lets WebSockets through.'

function joinMessage(key: string, isPrivate: boolean): string {
  const config = { private: isPrivate, broadcast: { ack: false, self: false }, presence: { enabled: false } }
  const payload = { config, access_token: key }
  return JSON.stringify({ topic, event: 'phx_join', payload, ref: '1', join_ref: '1' })
}

/** The answer to the join; null for a message that is none. */
function readReply(text: string): Reply | null {
  let message: unknown
  try {
    message = JSON.parse(text)
  } catch {
    return null
  }
  const reply = z.safeParse(replySchema, message)
  if (!reply.success) return null
  const { status, response } = reply.data.payload
  return { status, reason: response?.reason ?? '' }
}
