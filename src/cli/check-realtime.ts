import * as z from 'zod/mini'
import { type Finding, ok, problem } from './finding.ts'

const topic = 'realtime:tertulia-doctor'

const replySchema = z.object({
  event: z.literal('phx_reply'),
  topic: z.literal(topic),
  payload: z.object({
    status: z.string(),
    response: z.optional(z.object({ reason: z.optional(z.string()) })),
  }),
})

/**
 * Asks to join a private channel that no user may join. The refusal is the good answer: the socket opened, and the
 * policies were asked.
 */
export async function checkRealtime(url: string, key: string, timeoutMs: number): Promise<Finding> {
  const address = `${url.replace(/^http/, 'ws')}/realtime/v1/websocket?${new URLSearchParams({ apikey: key, vsn: '1.0.0' })}`
  const socket = new WebSocket(address)
  let timer: NodeJS.Timeout | undefined
  try {
    return await new Promise<Finding>((settle) => {
      const late = `Realtime did not answer within ${timeoutMs / 1000} s`
      timer = setTimeout(() => settle(problem(late, todo)), timeoutMs)
      socket.onerror = () => settle(problem('Realtime does not open a socket', todo))
      socket.onclose = () => settle(problem('Realtime closes the socket', todo))
      socket.onopen = () => socket.send(joinMessage(key))
      socket.onmessage = ({ data }) => {
        const finding = readReply(String(data))
        if (finding) settle(finding)
      }
    })
  } finally {
    clearTimeout(timer)
    socket.close()
  }
}

const todo = 'See that Realtime is on for the project and that the way there lets WebSockets through.'

function joinMessage(key: string): string {
  const config = { private: true, broadcast: { ack: false, self: false }, presence: { enabled: false } }
  const payload = { config, access_token: key }
  return JSON.stringify({ topic, event: 'phx_join', payload, ref: '1', join_ref: '1' })
}

/** What the answer to the join means; null for a message that is none. */
function readReply(text: string): Finding | null {
  let message: unknown
  try {
    message = JSON.parse(text)
  } catch {
    return null
  }
  const reply = z.safeParse(replySchema, message)
  if (!reply.success) return null
  const { status, response } = reply.data.payload
  const reason = response?.reason ?? ''
  if (status === 'ok') {
    return problem(
      'Realtime lets anybody join any private channel',
      'A policy on realtime.messages lets everyone read: narrow it to the topics that it is for.',
    )
  }
  if (reason.startsWith('Unauthorized')) return ok('Realtime answers and guards private channels')
  return problem(`Realtime refuses private channels; ${reason || status}`, todo)
}
