import { createHmac, randomBytes } from 'node:crypto'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const PERIOD = 30

/** A new secret in base 32, as authenticator apps read it. */
export function newSecret(): string {
  return Array.from(randomBytes(32), (byte) => ALPHABET[byte % 32]).join('')
}

/** Whether the code fits now, or half a minute before or after. */
export function isCode(secret: string, code: string, now = Date.now()): boolean {
  const step = Math.floor(now / 1000 / PERIOD)
  return [step - 1, step, step + 1].some((counter) => codeAt(secret, counter) === code)
}

/** The code that an authenticator app shows at that time. */
export function codeOf(secret: string, now = Date.now()): string {
  return codeAt(secret, Math.floor(now / 1000 / PERIOD))
}

function codeAt(secret: string, counter: number): string {
  const message = Buffer.alloc(8)
  message.writeBigUInt64BE(BigInt(counter))
  const digest = createHmac('sha1', bytesOf(secret)).update(message).digest()
  const offset = (digest.at(-1) ?? 0) & 15
  return String((digest.readUInt32BE(offset) & 0x7fff_ffff) % 1_000_000).padStart(6, '0')
}

function bytesOf(secret: string): Buffer {
  const bits = [...secret].map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, '0')).join('')
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
}
