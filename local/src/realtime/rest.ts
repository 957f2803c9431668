import { type Answer, writePermissions } from './authorization.ts'
import type { Services } from './channel.ts'
import { broadcastPayload, type Outgoing, outgoingJson, outgoingUserBroadcast } from './frames.ts'
import { type Message, readBatch, readSingle } from './rest-body.ts'
import type { Claims } from './tokens.ts'

const singlePath = /\/api\/broadcast\/([^/]+)\/events\/([^/]+)\/?$/
const batchPath = /\/api\/broadcast\/?$/

/** POST …/api/broadcast (a batch) and …/api/broadcast/:topic/events/:event (one message, JSON or bytes). */
export async function handleBroadcastRequest(services: Services, request: Request): Promise<Response> {
  const url = new URL(request.url)
  const single = singlePath.exec(url.pathname)
  if (!single && !batchPath.test(url.pathname)) return answer(404, { message: 'not found' })
  if (request.method !== 'POST') return answer(405, { message: 'method not allowed' })
  const token = await bearer(services, request)
  if (!('claims' in token))
    return answer(401, { message: 'Unauthorized', error: `${token.code}: ${token.message}` })

  // An array is wide enough for any limit on what one request carries; the body is refused before it is read.
  const { limits } = services
  const announced = Number(request.headers.get('content-length') ?? 0)
  if (announced > limits.payloadBytes * 8) return answer(413, { message: 'Payload too large' })
  if (single && !takesType(request)) return answer(415, { error: unsupportedType })
  const messages = single ? await readSingle(request, url, single) : await readBatch(request)
  if (!Array.isArray(messages)) return answer(messages.status, messages.body)
  const wrong = messages.find((message) => sizeOf(message) > limits.payloadBytes)
  if (wrong) return answer(422, { errors: { payload: ['Payload size exceeds tenant limit'] } })
  const unfit = messages.find(
    ({ topic, event }) =>
      Buffer.byteLength(`realtime:${topic}`) > limits.topicBytes || Buffer.byteLength(event) > 255,
  )
  if (unfit) return answer(422, { errors: { topic: ['topic and event have at most 255 bytes'] } })
  if (!services.messages(messages.length)) {
    return answer(429, { message: 'Too many messages to broadcast, please reduce the batch size' })
  }

  const mayWrite = await permissionsFor(services, messages, token.claims, xHeaders(request.headers))
  if (single) {
    const [only] = messages
    const refused = only && refusalOf(mayWrite.get(only.topic))
    if (only?.isPrivate && refused) return refused
  }
  for (const message of messages) {
    // Within a batch, what may not be sent is left out without a word, as on the platform.
    if (message.isPrivate && refusalOf(mayWrite.get(message.topic))) continue
    services.hub.publish(message.topic, message.isPrivate, () => encode(message))
  }
  return new Response(null, { status: 202 })
}

const answer = (status: number, body: unknown) => Response.json(body, { status })

/** A user's token counts before the apikey; a key in its place counts as the key. */
async function bearer({ tokens }: Services, request: Request) {
  const apikey = request.headers.get('apikey') ?? new URL(request.url).searchParams.get('apikey') ?? undefined
  const authorization = /^bearer\s+(.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
  const key = apikey ?? authorization
  if (key === undefined) return { code: 'Unauthorized', message: 'an apikey is required' }
  const known = await tokens.fromKey(key)
  if (!('claims' in known) || authorization === undefined || authorization === key) return known
  return tokens.isKey(authorization)
    ? tokens.fromKey(authorization)
    : tokens.fromAccessToken(authorization, key)
}

export function xHeaders(headers: Headers): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => name.startsWith('x-')))
}

const sizeOf = ({ body }: Message) => ('json' in body ? Buffer.byteLength(body.json) : body.bytes.length)

async function permissionsFor(
  services: Services,
  messages: Message[],
  claims: Claims,
  headers: Record<string, string>,
): Promise<Map<string, Answer>> {
  const topics = new Set(messages.filter(({ isPrivate }) => isPrivate).map(({ topic }) => topic))
  const answers = new Map<string, Answer>()
  for (const topic of topics)
    answers.set(topic, await writePermissions(services.database, { topic, claims, headers }))
  return answers
}

function refusalOf(answered: Answer | undefined): Response | undefined {
  if (!answered) return undefined
  if ('permissions' in answered)
    return answered.permissions.broadcast ? undefined : answer(403, { message: 'Unauthorized' })
  if (answered.failure === 'unavailable') return answer(503, { message: 'Tenant database unavailable' })
  return answer(422, { message: `RLS policy error: ${answered.message}` })
}

const unsupportedType = 'Unsupported Media Type. Use application/json or application/octet-stream'

function takesType(request: Request): boolean {
  const type = request.headers.get('content-type')
  return type === null || /^application\/(json|octet-stream)\b/.test(type)
}

function encode({ topic, event, body, id }: Message): Outgoing {
  if ('bytes' in body) {
    return outgoingUserBroadcast(topic, { event, encoding: 'binary', body: body.bytes, metadata: '' })
  }
  return outgoingJson(
    'broadcast',
    topic,
    'broadcast',
    broadcastPayload(event, body.json, id && JSON.stringify({ id })),
  )
}
