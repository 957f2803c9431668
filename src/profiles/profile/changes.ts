import { metadata } from '../../core/parse.ts'
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
} from '../../core/shape.ts'
import type { ProfileLink, ProfileTag, Rate, RateTier } from '../schema.ts'

/** The fields and parts of your profile that you can change. A part that you pass is replaced as a whole. */
export interface ProfileChanges {
  /** 3 to 30 letters, digits and single . _ - between them; unique without regard to case. Look-alikes and reserved names are refused. */
  handle?: string | undefined
  /** At most 80 characters. */
  displayName?: string | undefined
  /** At most 2,000 characters. */
  bio?: string | undefined
  /** ISO 3166-1 alpha-2; null clears it. */
  country?: string | null | undefined
  /** At most 10 names of at most 80 characters, the main one first. */
  professionalTypes?: string[] | undefined
  /** 0 to 80; null clears it. */
  experienceYears?: number | null | undefined
  /** At most 2,000 characters. */
  experience?: string | undefined
  /** At most one for each tier. */
  rates?: { [Tier in RateTier]?: Rate | undefined } | undefined
  /** At most 50 names of at most 80 characters. Case and accents do not make another name. */
  software?: string[] | undefined
  /** At most 50, as a name or with a kind. Case and accents do not make another tag. */
  tags?:
    | (string | (Pick<ProfileTag, 'name'> & { [Kind in 'kind']?: ProfileTag[Kind] | undefined }))[]
    | undefined
  /** At most 20, BCP 47, the best first. */
  languages?: string[] | undefined
  /** At most 20. */
  links?: ProfileLink[] | undefined
  /** Codes of the table `payment_methods`, such as `paypal`. Never account numbers. */
  paymentMethods?: string[] | undefined
  /** Whether other users see the payment methods. Default false. */
  showsPaymentMethods?: boolean | undefined
  /** Your own fields: an object of at most 8 KiB, replaced as a whole. Every signed-in user can read them. */
  metadata?: Record<string, unknown> | undefined
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
