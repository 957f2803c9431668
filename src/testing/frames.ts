import { randomBytes } from 'node:crypto'

/** One message of a WebSocket, or one control frame, with the bytes that it came in. */
export interface SocketMessage {
  raw: Buffer
  opcode: number
  /** Unmasked. */
  payload: Buffer
}

const continuation = 0
const text = 1
const firstControl = 8

interface Frame extends SocketMessage {
  final: boolean
}

/**
 * Reads messages (RFC 6455) out of the bytes of one direction. A message in parts comes as one; a control frame between
 * its parts comes at once.
 */
export function createFrameReader(onMessage: (message: SocketMessage) => void): (chunk: Buffer) => void {
  let unread: Buffer = Buffer.alloc(0)
  let parts: Frame[] = []
  return (chunk) => {
    unread = unread.length === 0 ? chunk : Buffer.concat([unread, chunk])
    for (let frame = readFrame(unread); frame; frame = readFrame(unread)) {
      unread = unread.subarray(frame.raw.length)
      if (frame.opcode >= firstControl) {
        onMessage(frame)
        continue
      }
      parts.push(frame)
      if (!frame.final) continue
      const [first] = parts
      const opcode = first?.opcode ?? continuation
      const raw = Buffer.concat(parts.map((part) => part.raw))
      const payload = Buffer.concat(parts.map((part) => part.payload))
      parts = []
      onMessage({ raw, opcode, payload })
    }
  }
}

/** The first frame of these bytes, or nothing when it is not all there yet. */
function readFrame(bytes: Buffer): Frame | undefined {
  if (bytes.length < 2) return undefined
  const short = bytes.readUInt8(1) & 0x7f
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0
  const masked = (bytes.readUInt8(1) & 0x80) !== 0
  const start = 2 + lengthBytes + (masked ? 4 : 0)
  if (bytes.length < start) return undefined
  const length =
    lengthBytes === 0 ? short : lengthBytes === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
  const end = start + length
  if (bytes.length < end) return undefined
  const payload = Buffer.from(bytes.subarray(start, end))
  if (masked) mask(payload, bytes.subarray(start - 4, start))
  return {
    raw: bytes.subarray(0, end),
    final: (bytes.readUInt8(0) & 0x80) !== 0,
    opcode: bytes.readUInt8(0) & 0x0f,
    payload,
  }
}

/** A text message in one frame; a client must mask what it sends, a server must not. */
export function writeText(content: string, from: 'client' | 'server'): Buffer {
  const payload = Buffer.from(content)
  const key = randomBytes(4)
  if (from === 'client') mask(payload, key)
  return Buffer.concat([
    Buffer.from([0x80 | text]),
    writeLength(payload.length, from === 'client' ? 0x80 : 0),
    from === 'client' ? key : Buffer.alloc(0),
    payload,
  ])
}

function writeLength(length: number, flag: number): Buffer {
  if (length < 126) return Buffer.from([flag | length])
  if (length < 65_536) return Buffer.from([flag | 126, length >> 8, length & 0xff])
  const bytes = Buffer.alloc(9)
  bytes.writeUInt8(flag | 127)
  bytes.writeBigUInt64BE(BigInt(length), 1)
  return bytes
}

function mask(payload: Buffer, key: Buffer): void {
  for (let i = 0; i < payload.length; i++) payload[i] = payload[i]! ^ key[i & 3]!
}
