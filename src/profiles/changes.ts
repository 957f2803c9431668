import { metadata } from '../core/parse.ts'
import {
  flag,
  list,
  nullable,
  number,
  object,
  optional,
  type Read,
  type Reader,
  text,
} from '../core/shape.ts'
import type { ProfileLink, ProfileTag, Rate, RateTier } from './schema.ts'

/** The fields and parts of one's profile that can be changed. A part that is named is replaced as a whole. */
export interface ProfileChanges {
  /** 3 to 30 letters, digits and single . _ - between them; unique without regard to case. */
  handle?: string
  /** At most 80 characters. */
  displayName?: string
  /** At most 2,000 characters. */
  bio?: string
  /** ISO 3166-1 alpha-2; null empties it. */
  country?: string | null
  /** At most 10 names of at most 80 characters, the main one first. */
  professionalTypes?: string[]
  /** 0 to 80; null empties it. */
  experienceYears?: number | null
  /** At most 2,000 characters. */
  experience?: string
  /** At most one for each tier. */
  rates?: Partial<Record<RateTier, Rate>>
  /** At most 50 names of at most 80 characters; spellings that differ by case and accents are one program. */
  software?: string[]
  /** At most 50, by name or with a kind; spellings that differ by case and accents are one tag. */
  tags?: (string | (Partial<Pick<ProfileTag, 'kind'>> & Pick<ProfileTag, 'name'>))[]
  /** At most 20, BCP 47, the best first. */
  languages?: string[]
  /** At most 20. */
  links?: ProfileLink[]
  /** Codes of the catalogue, such as `paypal`; never an account. */
  paymentMethods?: string[]
  /** Whether others see the payment methods; not unless told. */
  showsPaymentMethods?: boolean
  /** The app's own fields, as a whole: an object of at most 8 KiB. */
  metadata?: Record<string, unknown>
}

const name = text()
const names = optional(list(name))
const kind = text({ pattern: /^[a-z][a-z_]{0,29}$/, expected: 'a lower-case word' })
const rate = object({ amount: number, currency: name, unit: name })

const namedTag = object({ name, kind: optional(kind) })
const tag: Reader<string | Read<typeof namedTag>> = (value, path) =>
  typeof value === 'string' ? name(value, path) : namedTag(value, path)

/** Types alone: the database keeps the rules of every field, and names the one at fault. */
export const profileChanges = object({
  handle: optional(name),
  displayName: optional(name),
  bio: optional(name),
  country: optional(nullable(name)),
  professionalTypes: names,
  experienceYears: optional(nullable(number)),
  experience: optional(name),
  rates: optional(object({ basic: optional(rate), standard: optional(rate), premium: optional(rate) })),
  software: names,
  tags: optional(list(tag)),
  languages: names,
  links: optional(list(object({ label: name, url: name }))),
  paymentMethods: names,
  showsPaymentMethods: optional(flag),
  metadata: optional(metadata),
})
