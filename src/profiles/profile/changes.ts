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
  /** The unique handle: 3 to 30 letters, digits and single . _ - between them. Case does not count. Look-alikes and reserved names are refused. */
  handle?: string | undefined
  /** The name that other users see, at most 80 characters. */
  displayName?: string | undefined
  /** A text about you, at most 2,000 characters. */
  bio?: string | undefined
  /** Your country as ISO 3166-1 alpha-2, such as `CL`; null clears the field. */
  country?: string | null | undefined
  /** Your professions, the main one first: at most 10 names of at most 80 characters. */
  professionalTypes?: string[] | undefined
  /** Your years of experience, 0 to 80; null clears the field. */
  experienceYears?: number | null | undefined
  /** Details of your experience, at most 2,000 characters. */
  experience?: string | undefined
  /** Your rates, at most one for each tier. */
  rates?: { [Tier in RateTier]?: Rate | undefined } | undefined
  /** Names of the software that you use: at most 50, of at most 80 characters. Names that differ in case or accents are the same. */
  software?: string[] | undefined
  /** Your tags, as a name or with a kind: at most 50. Tags that differ in case or accents are the same. */
  tags?:
    | (string | (Pick<ProfileTag, 'name'> & { [Kind in 'kind']?: ProfileTag[Kind] | undefined }))[]
    | undefined
  /** Your languages as BCP 47, the best first: at most 20. */
  languages?: string[] | undefined
  /** Links to your pages on other sites, at most 20. */
  links?: ProfileLink[] | undefined
  /** The payment methods that you accept, as codes of the table `payment_methods`, such as `paypal`. Never account numbers. */
  paymentMethods?: string[] | undefined
  /** Whether other users see the payment methods. Default false. */
  showsPaymentMethods?: boolean | undefined
  /**
   * Whether the directory shows you. Default true. Unlisted, you are in no search, list, facet, suggestion or count; those with whom you
   * share a conversation or a song still see your profile.
   */
  isListed?: boolean | undefined
  /** Whether you take on work. False also clears `availableFrom`. */
  openToWork?: boolean | undefined
  /** The first day on which you are available, such as `2026-12-31`; only while `openToWork`. Null means now. */
  availableFrom?: string | null | undefined
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
  isListed: optional(flag),
  openToWork: optional(flag),
  availableFrom: optional(nullable(name)),
  metadata: optional(metadata),
})
