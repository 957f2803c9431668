import { isRecord } from './frames.ts'

export interface Message {
  topic: string
  event: string
  isPrivate: boolean
  body: { json: string } | { bytes: Buffer }
  /** Given by the sender; receivers find it in `meta`. */
  id?: string
}

export interface Unreadable {
  status: 400 | 422
  body: unknown
}

type Errors = Record<string, string[]>

const invalid = (errors: unknown): Unreadable => ({ status: 422, body: { errors } })
const blank = "can't be blank"

export async function readSingle(
  request: Request,
  url: URL,
  [, topic = '', event = '']: RegExpExecArray,
): Promise<Message[] | Unreadable> {
  if (url.searchParams.has('persist') || url.searchParams.has('persist[ttl]'))
    return invalid({ persist: ['is not supported here'] })
  const [name, kind] = [decoded(topic), decoded(event)]
  if (name === undefined || kind === undefined) return { status: 400, body: { message: 'Bad Request' } }
  const about = { topic: name, event: kind, isPrivate: url.searchParams.get('private') === 'true' }
  if (request.headers.get('content-type')?.startsWith('application/octet-stream')) {
    return [{ ...about, body: { bytes: Buffer.from(await request.arrayBuffer()) } }]
  }
  const json = await request.text()
  return isJson(json) ? [{ ...about, body: { json } }] : { status: 400, body: { message: 'Bad Request' } }
}

export async function readBatch(request: Request): Promise<Message[] | Unreadable> {
  const body: unknown = await request.json().catch(() => undefined)
  const list = isRecord(body) ? body.messages : undefined
  if (list === undefined || list === null) return invalid({ messages: [blank] })
  if (!Array.isArray(list) || !list.every(isRecord)) return invalid({ messages: ['is invalid'] })
  if (list.length === 0) return invalid({ messages: [blank] })
  const errors = list.map(errorsOf)
  if (errors.some((one) => Object.keys(one).length > 0)) return invalid({ messages: errors })
  return list.map(({ topic, event, payload, private: asked, id }) => ({
    topic: String(topic),
    event: String(event),
    isPrivate: asked === true || asked === 'true' || asked === '1',
    body: { json: JSON.stringify(payload) },
    id: typeof id === 'string' && id !== '' ? id : undefined,
  }))
}

/** As the platform casts a message: text is text, the payload an object; an empty text is none. */
function errorsOf(message: Record<string, unknown>): Errors {
  const errors: Errors = {}
  for (const key of ['topic', 'event', 'payload', 'id', 'private']) {
    const value = message[key]
    if (value === undefined || value === null || value === '') {
      if (key !== 'id' && key !== 'private') errors[key] = [blank]
    } else if (!fits(key, value)) errors[key] = ['is invalid']
  }
  return errors
}

function fits(key: string, value: unknown): boolean {
  if (key === 'payload') return isRecord(value)
  if (key === 'private')
    return typeof value === 'boolean' || ['true', 'false', '1', '0'].includes(String(value))
  return typeof value === 'string'
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
