/** The two protocols of the client: 1.0.0 is JSON objects, 2.0.0 is JSON arrays and binary frames for broadcasts. */
export type Vsn = '1.0.0' | '2.0.0'

/** A broadcast that came in a binary frame; its payload is carried as the bytes it is. */
export interface UserBroadcast {
  event: string
  encoding: 'json' | 'binary'
  body: Buffer
  metadata: string
}

export interface Incoming {
  joinRef: string | null
  ref: string | null
  topic: string
  event: string
  payload: Record<string, unknown>
  broadcast?: UserBroadcast
}

const pushKind = 3
const broadcastKind = 4
const binaryEncoding = 0
const jsonEncoding = 1

export function decode(vsn: Vsn, data: Buffer, isBinary: boolean): Incoming | undefined {
  try {
    if (isBinary) return vsn === '2.0.0' ? decodeBinary(data) : undefined
    const parsed: unknown = JSON.parse(data.toString('utf8'))
    if (vsn === '2.0.0') {
      if (!Array.isArray(parsed)) return undefined
      const [joinRef, ref, topic, event, payload] = parsed
      return incoming(joinRef, ref, topic, event, payload)
    }
    if (!isRecord(parsed)) return undefined
    return incoming(parsed.join_ref, parsed.ref, parsed.topic, parsed.event, parsed.payload)
  } catch {
    return undefined
  }
}

function incoming(
  joinRef: unknown,
  ref: unknown,
  topic: unknown,
  event: unknown,
  payload: unknown,
): Incoming | undefined {
  if (typeof topic !== 'string' || typeof event !== 'string') return undefined
  return { joinRef: refOf(joinRef), ref: refOf(ref), topic, event, payload: isRecord(payload) ? payload : {} }
}

const refOf = (ref: unknown) => (typeof ref === 'string' ? ref : typeof ref === 'number' ? String(ref) : null)

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** kind, then one byte each: the lengths of join ref, ref, topic, event and metadata, the encoding; then those in order. */
function decodeBinary(data: Buffer): Incoming | undefined {
  if (data.length < 7 || data[0] !== pushKind) return undefined
  let at = 7
  const part = (length: number) => {
    at += length
    return data.toString('utf8', at - length, at)
  }
  const joinRef = part(data.readUInt8(1))
  const ref = part(data.readUInt8(2))
  const topic = part(data.readUInt8(3))
  const event = part(data.readUInt8(4))
  const metadata = part(data.readUInt8(5))
  if (at > data.length) return undefined
  const body = data.subarray(at)
  const encoding = data[6] === binaryEncoding ? 'binary' : 'json'
  // What is passed on as JSON must be JSON: one client's bytes must not break the parser of the others.
  if (encoding === 'json') JSON.parse(body.toString('utf8'))
  return {
    joinRef: joinRef || null,
    ref: ref || null,
    topic,
    event: 'broadcast',
    payload: {},
    broadcast: { event, encoding, body, metadata },
  }
}

export function encodeReply(
  vsn: Vsn,
  to: { joinRef: string | null; ref: string | null; topic: string },
  status: 'ok' | 'error',
  response: unknown,
): string {
  return encodePush(vsn, to, 'phx_reply', JSON.stringify({ status, response }))
}

/** A message of one channel; `payload` is JSON text. */
export function encodePush(
  vsn: Vsn,
  to: { joinRef: string | null; ref: string | null; topic: string },
  event: string,
  payload: string,
): string {
  const [topic, name, ref] = [JSON.stringify(to.topic), JSON.stringify(event), JSON.stringify(to.ref)]
  return vsn === '2.0.0'
    ? `[${JSON.stringify(to.joinRef)},${ref},${topic},${name},${payload}]`
    : `{"topic":${topic},"event":${name},"payload":${payload},"ref":${ref}}`
}

/** One message for all the sockets of a topic, encoded at most once for each protocol. */
export interface Outgoing {
  /** Set on what came from the database: a channel that already replayed it does not hear it again. */
  id?: string
  kind: 'broadcast' | 'presence'
  encode(vsn: Vsn): Frame | undefined
}

export interface Frame {
  data: Buffer
  binary: boolean
}

export function outgoingJson(
  kind: Outgoing['kind'],
  topic: string,
  event: string,
  payload: string,
  id?: string,
): Outgoing {
  const to = { joinRef: null, ref: null, topic: `realtime:${topic}` }
  return { id, kind, encode: memoize((vsn) => text(encodePush(vsn, to, event, payload))) }
}

export function outgoingUserBroadcast(topic: string, broadcast: UserBroadcast, id?: string): Outgoing {
  const { event, encoding, body } = broadcast
  const full = `realtime:${topic}`
  const meta = id === undefined ? '' : JSON.stringify({ id })
  return {
    id,
    kind: 'broadcast',
    encode: memoize((vsn) => {
      if (vsn === '2.0.0') {
        return { data: encodeUserBroadcast(full, event, meta, encoding, body), binary: true }
      }
      // The older protocol has no way to carry bytes.
      if (encoding === 'binary') return undefined
      const payload = broadcastPayload(event, body.toString('utf8'), meta)
      return text(encodePush(vsn, { joinRef: null, ref: null, topic: full }, 'broadcast', payload))
    }),
  }
}

/** What the `broadcast` callback of a client receives; `payload` and `meta` are JSON text. */
export function broadcastPayload(event: string, payload: string, meta = ''): string {
  return `{"type":"broadcast","event":${JSON.stringify(event)},"payload":${payload}${meta && `,"meta":${meta}`}}`
}

export function encodeUserBroadcast(
  topic: string,
  event: string,
  meta: string,
  encoding: 'json' | 'binary',
  body: Buffer,
): Buffer {
  const parts = [Buffer.from(topic), Buffer.from(event), Buffer.from(meta)]
  const lengths = parts.map((part) => part.length)
  const header = Buffer.from([broadcastKind, ...lengths, encoding === 'json' ? jsonEncoding : binaryEncoding])
  return Buffer.concat([header, ...parts, body])
}

const text = (data: string): Frame => ({ data: Buffer.from(data), binary: false })

function memoize(encode: (vsn: Vsn) => Frame | undefined): Outgoing['encode'] {
  const made = new Map<Vsn, Frame | undefined>()
  return (vsn) => {
    if (!made.has(vsn)) made.set(vsn, encode(vsn))
    return made.get(vsn)
  }
}
