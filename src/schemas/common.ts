import * as z from 'zod'
import { uuid } from '../core/parse.ts'
import { wholeText } from '../core/text.ts'
import { matching, ruled, upTo } from './text.ts'
import { blanks } from './values.ts'

/** An id: a UUID in any case. */
export const id: z.ZodString = matching(uuid, 'a UUID').meta({ format: 'uuid' })

/** BCP 47, such as `es` or `pt-BR`. */
export const language: z.ZodString = matching(
  /^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$/,
  'a language such as es or pt-BR',
)

const address = /^https?:\/\/[^\s/@]+(?:[/?#]\S*)?$/i
const shownBlank = new RegExp(`[${blanks}\\ufffe\\uffff]`, 'u')

/** An http or https address, at most 2,000 characters. */
export const webAddress: z.ZodString = ruled(
  (text) =>
    address.test(text) && [...text].length <= 2000 && !shownBlank.test(text)
      ? undefined
      : 'is not an http or https address of at most 2,000 characters',
  { format: 'uri', maxLength: 2000 },
)

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

/** A moment: a `Date`, or a text such as `2027-01-31T18:00:00Z`, which becomes one. In JSON Schema it is that text. */
const moment = z.union([z.date(), z.iso.datetime({ offset: true }).transform((text) => new Date(text))])
// JSON has no dates, and zod refuses to write one.
moment._zod.processJSONSchema = (_context, json) => {
  Object.assign(json, { type: 'string', format: 'date-time' })
}

const century = 100 * 365.25 * 86_400_000

/** A moment in the next hundred years. */
export const future = moment.superRefine((date, context) => {
  const years = +date - Date.now()
  if (years <= 0) context.addIssue({ code: 'custom', message: 'has passed' })
  else if (years > century - 86_400_000)
    context.addIssue({ code: 'custom', message: 'is more than 100 years away' })
})
future._zod.processJSONSchema = moment._zod.processJSONSchema

/** The query of a search of songs, profiles or messages: at most 200 characters. */
export const query: z.ZodString = upTo(200)

/** How to ask for a page of a list or a search. */
export const pageOptions = z.strictObject({
  limit: z.int().min(1).max(200).optional(),
  cursor: z.string().nullable().optional(),
})
