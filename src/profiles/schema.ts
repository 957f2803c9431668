import { avatarUrl } from '../core/avatar.ts'
import type { Context } from '../core/context.ts'
import { id, metadata, timestamp } from '../core/parse.ts'
import {
  flag,
  integer,
  list,
  nullable,
  number,
  oneOf,
  optional,
  type Reader,
  row,
  text,
} from '../core/shape.ts'

/** The offer that a rate belongs to. */
export type RateTier = 'basic' | 'standard' | 'premium'

/** The unit that a rate is charged by. */
export type RateUnit = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'project' | 'piece'

/** A price. */
export interface Rate {
  /** The amount in the currency's minor unit, 0 to 10^12: 2550 with USD is 25.50, with JPY 2,550. */
  amount: number
  /** ISO 4217, such as `USD`. */
  currency: string
  /** The unit that the amount is charged by. */
  unit: RateUnit
}

/** A tag of a profile. */
export interface ProfileTag {
  name: string
  /** `technology`, `specialty`, `profession` or your own word; `other` until the first user sets one. */
  kind: string
}

/** A link to another site. */
export interface ProfileLink {
  /** The text of the link, at most 80 characters. */
  label: string
  /** The http or https URL of the page, at most 2,000 characters. */
  url: string
}

/** A profile as other users see it. */
export interface Profile {
  /** The account's id. */
  id: string
  /** The unique handle, in which case does not count; null once the account is deleted. */
  handle: string | null
  displayName: string
  bio: string
  /** The user's country as ISO 3166-1 alpha-2, such as `CL`, or null. */
  country: string | null
  /** The user's professions, the main one first. */
  professionalTypes: string[]
  /** The years of experience; null when the user gives none. */
  experienceYears: number | null
  /** Details of the experience. */
  experience: string
  /** Public URL of the picture; null without one. */
  avatarUrl: string | null
  /** The user's rates, at most one for each tier. */
  rates: Partial<Record<RateTier, Rate>>
  /** Names of software, in the order of the user. */
  software: string[]
  tags: ProfileTag[]
  /** The user's languages as BCP 47, the best first. */
  languages: string[]
  /** Pages on other sites. */
  links: ProfileLink[]
  /** Codes of accepted payment methods. For other users only if they show them; for your own always. */
  paymentMethods: string[]
  /** Whether other users see the payment methods. */
  showsPaymentMethods: boolean
  /** Reviews by users who converted: `average` from 1 to 5, or null without any. Hidden reviews do not count. */
  reviews: { average: number | null; count: number }
  /** Whether the directory, follow lists and counts show the profile. */
  isListed: boolean
  /** Whether the user takes on work. */
  openToWork: boolean
  /** The first day on which the user can take on work, such as `2026-12-31`; null where that is now, or where the user takes none. */
  availableFrom: string | null
  /** When your service verified the user under this handle and name; null if it has not. A change of either removes it. */
  verifiedAt: Date | null
  /** Your own fields. Every signed-in user can read them. */
  metadata: Record<string, unknown>
  createdAt: Date
  updatedAt: Date
}

const rateRow = row({
  amount: integer(),
  currency: text(),
  unit: oneOf<RateUnit>('minute', 'hour', 'day', 'week', 'month', 'project', 'piece'),
})

const profileRow = row({
  id,
  handle: nullable(text()),
  displayName: text(),
  bio: text(),
  country: nullable(text()),
  professionalTypes: list(text()),
  experienceYears: nullable(integer()),
  experience: text(),
  avatarPath: nullable(text()),
  rates: row({ basic: optional(rateRow), standard: optional(rateRow), premium: optional(rateRow) }),
  software: list(text()),
  tags: list(row({ name: text(), kind: text() })),
  languages: list(text()),
  links: list(row({ label: text(), url: text() })),
  paymentMethods: list(text()),
  showsPaymentMethods: flag,
  reviews: row({ average: nullable(number), count: integer() }),
  isListed: flag,
  openToWork: flag,
  availableFrom: nullable(text()),
  verifiedAt: nullable(timestamp),
  metadata,
  createdAt: timestamp,
  updatedAt: timestamp,
})

/** Reads a profile; its picture's address depends on the project. */
export const profileOf =
  (context: Context): Reader<Profile> =>
  (value, path) => {
    const { avatarPath, ...profile } = profileRow(value, path)
    return { ...profile, avatarUrl: avatarPath === null ? null : avatarUrl(context, avatarPath) }
  }
