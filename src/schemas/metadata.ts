import * as z from 'zod'
import { wholeText } from '../core/text.ts'

/** How many digits a number has when it is written without an exponent. */
function lengthOfNumber(value: number): number {
  const [digits = '', exponent] = String(value).split('e')
  if (exponent === undefined) return digits.length
  const [whole = '', fraction = ''] = digits.split('.')
  const shift = Number(exponent)
  if (shift < 0) return whole.length + fraction.length + 1 - shift
  return whole.length + Math.max(shift, fraction.length)
}

const encoder = new TextEncoder()
const bytesOf = (text: string) => encoder.encode(text).length

/** Bytes of a value as the database writes JSON: with a space behind each comma and colon, and numbers without exponents. */
function jsonBytes(value: unknown): number {
  if (typeof value === 'number') return Number.isFinite(value) ? lengthOfNumber(value) : 4
  if (typeof value === 'bigint') return String(value).length + 2
  if (typeof value !== 'object' || value === null) return bytesOf(JSON.stringify(value) ?? 'null')
  const items = Array.isArray(value)
    ? value.map(jsonBytes)
    : Object.entries(value)
        .filter(([, item]) => !/^(?:undefined|function|symbol)$/.test(typeof item))
        .map(([key, item]) => bytesOf(JSON.stringify(key)) + 2 + jsonBytes(item))
  return 2 + items.reduce((sum, bytes) => sum + bytes, 0) + 2 * Math.max(items.length - 1, 0)
}

type Place = (string | number)[]

/** Where a value has a text that cannot be sent. */
function findBroken(value: unknown, path: Place = []): Place | null {
  if (typeof value === 'string') return wholeText.test(value) ? null : path
  if (typeof value !== 'object' || value === null) return null
  for (const [key, item] of Object.entries(value)) {
    if (!wholeText.test(key)) return path
    const found = findBroken(item, [...path, Array.isArray(value) ? Number(key) : key])
    if (found) return found
  }
  return null
}

/** Your app's own fields: an object of at most 8 KiB as the database writes it. */
export const metadata = z.record(z.string(), z.unknown()).superRefine((value, context) => {
  const broken = findBroken(value)
  if (broken) {
    const message = 'has a text with a NUL character or half of a surrogate pair'
    context.addIssue({ code: 'custom', path: broken, message })
  } else if (jsonBytes(value) > 8192) {
    context.addIssue({ code: 'custom', message: 'has more than 8 KiB' })
  }
})
