import { avatarUrl } from '../core/avatar.ts'
import type { Context } from '../core/context.ts'
import { id, metadata, timestamp } from '../core/parse.ts'
import { flag, integer, list, nullable, oneOf, optional, type Reader, row, text } from '../core/shape.ts'

/** Which offer a rate is for. */
export type RateTier = 'basic' | 'standard' | 'premium'

/** What a rate is paid for. */
export type RateUnit = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'project' | 'piece'

/** What a person asks for. */
export interface Rate {
  /** In the currency's minor unit: 2550 with USD is 25.50, with JPY 2,550. From 0 to 10^12. */
  amount: number
  /** ISO 4217, such as `USD`. */
  currency: string
  unit: RateUnit
}

/** A word that describes a person. */
export interface ProfileTag {
  name: string
  /** `technology`, `specialty`, `profession` or a word of the app's own; `other` until somebody says. */
  kind: string
}

/** A page of a person elsewhere. */
export interface ProfileLink {
  /** At most 80 characters. */
  label: string
  /** http or https; at most 2,000 characters. */
  url: string
}

/** A person as others see them. */
export interface Profile {
  /** The account's id. */
  id: string
  /** Unique without regard to case; null once the account is deleted. */
  handle: string | null
  displayName: string
  bio: string
  /** ISO 3166-1 alpha-2, or null. */
  country: string | null
  /** What the person does, the main thing first. */
  professionalTypes: string[]
  /** Null when the person does not say. */
  experienceYears: number | null
  /** The details of the experience. */
  experience: string
  /** The picture's public URL; null without one. */
  avatarUrl: string | null
  /** At most one for each tier. */
  rates: Partial<Record<RateTier, Rate>>
  software: string[]
  tags: ProfileTag[]
  /** BCP 47, the best first. */
  languages: string[]
  links: ProfileLink[]
  /** Codes of accepted ways to pay. Of other people only if they show them; of oneself always. */
  paymentMethods: string[]
  showsPaymentMethods: boolean
  /** The app's own fields. */
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
