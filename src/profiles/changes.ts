import { metadata } from '../core/parse.ts'
import {
  flag,
  integer,
  list,
  nullable,
  object,
  oneOf,
  optional,
  type Read,
  type Reader,
  ShapeError,
  text,
} from '../core/shape.ts'
import type { ProfileLink, ProfileTag, Rate, RateTier, RateUnit } from './schema.ts'

/** The fields and parts of your profile that you can change. A part that you pass is replaced as a whole. */
export interface ProfileChanges {
  /** 3 to 30 letters, digits and single . _ - between them; unique without regard to case. Look-alikes and reserved names are refused. */
  handle?: string
  /** At most 80 characters. */
  displayName?: string
  /** At most 2,000 characters. */
  bio?: string
  /** ISO 3166-1 alpha-2; null clears it. */
  country?: string | null
  /** At most 10 names of at most 80 characters, the main one first. */
  professionalTypes?: string[]
  /** 0 to 80; null clears it. */
  experienceYears?: number | null
  /** At most 2,000 characters. */
  experience?: string
  /** At most one for each tier. */
  rates?: Partial<Record<RateTier, Rate>>
  /** At most 50 names of at most 80 characters. Case and accents do not make another name. */
  software?: string[]
  /** At most 50, as a name or with a kind. Case and accents do not make another tag. */
  tags?: (string | (Partial<Pick<ProfileTag, 'kind'>> & Pick<ProfileTag, 'name'>))[]
  /** At most 20, BCP 47, the best first. */
  languages?: string[]
  /** At most 20. */
  links?: ProfileLink[]
  /** Codes of the table `payment_methods`, such as `paypal`. Never account numbers. */
  paymentMethods?: string[]
  /** Whether other users see the payment methods. Default false. */
  showsPaymentMethods?: boolean
  /** Your own fields: an object of at most 8 KiB, replaced as a whole. Every signed-in user can read them. */
  metadata?: Record<string, unknown>
}

const name = text()
const kind = text({ pattern: /^[a-z][a-z_]{0,29}$/, expected: 'a lower-case word' })
const language = text({
  pattern: /^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$/,
  expected: 'a language such as es or pt-BR',
})
const rate = object({
  amount: integer(0, 1e12),
  currency: text({ pattern: /^[A-Z]{3}$/, expected: 'an ISO 4217 code' }),
  unit: oneOf<RateUnit>('minute', 'hour', 'day', 'week', 'month', 'project', 'piece'),
})

function atMost<T>(max: number, reader: Reader<T>): Reader<T[]> {
  const read = list(reader)
  return (value, path) => {
    const items = read(value, path)
    if (items.length > max) throw new ShapeError(path, `at most ${max}`)
    return items
  }
}

const namedTag = object({ name, kind: optional(kind) })
const tag: Reader<string | Read<typeof namedTag>> = (value, path) =>
  typeof value === 'string' ? name(value, path) : namedTag(value, path)

export const profileChanges = object({
  handle: optional(
    text({
      pattern: /^[a-z0-9](?:[a-z0-9]|[._-](?![._-])){1,28}[a-z0-9]$/i,
      expected: '3 to 30 letters, digits and single . _ - between them',
    }),
  ),
  displayName: optional(text()),
  bio: optional(text()),
  country: optional(nullable(text({ pattern: /^[A-Z]{2}$/, expected: 'an ISO 3166-1 alpha-2 code' }))),
  professionalTypes: optional(atMost(10, name)),
  experienceYears: optional(nullable(integer(0, 80))),
  experience: optional(text()),
  rates: optional(object({ basic: optional(rate), standard: optional(rate), premium: optional(rate) })),
  software: optional(atMost(50, name)),
  tags: optional(atMost(50, tag)),
  languages: optional(atMost(20, language)),
  links: optional(
    atMost(
      20,
      object({
        label: text(),
        url: text(),
      }),
    ),
  ),
  paymentMethods: optional(atMost(50, text())),
  showsPaymentMethods: optional(flag),
  metadata: optional(metadata),
})
