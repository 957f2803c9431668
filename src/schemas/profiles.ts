import * as z from 'zod'
import { metadata } from './metadata.ts'
import { language, webAddress } from './scalars.ts'
import {
  emptyableLines,
  emptyableName,
  faultOfCatalogueName,
  hasText,
  matching,
  name,
  ruled,
  upTo,
  withSingleSpaces,
} from './text.ts'
import { countries, currencies } from './values.ts'

const codesOf = (list: string) => new Set(list.split(' '))
const known = (list: string, expected: string) => {
  const codes = codesOf(list)
  return ruled((code) => (codes.has(code) ? undefined : `is not ${expected}`), { enum: [...codes] })
}
const country = known(countries, 'a country of ISO 3166-1 alpha-2')
const currency = known(currencies, 'a currency of ISO 4217')
const tier = z.enum(['basic', 'standard', 'premium'])
const unit = z.enum(['minute', 'hour', 'day', 'week', 'month', 'project', 'piece'])

const catalogueName = ruled((written) => faultOfCatalogueName(withSingleSpaces(written)), {
  minLength: 1,
  maxLength: 80,
})
const rate = z.strictObject({ amount: z.int().min(0).max(1_000_000_000_000), currency, unit }).optional()
const text = (longest: number) => emptyableLines(longest, (written) => !hasText(written))
const day = ruled((written) =>
  /^2\d{3}-\d\d-\d\d$/.test(written) && new Date(`${written}T00:00Z`).toJSON()?.startsWith(written)
    ? undefined
    : 'is not a day such as 2026-12-31',
)
const kind = matching(/^[a-z][a-z_]{0,29}$/, 'a lower-case word')

/**
 * The input of `profiles.update`. Only the database knows whether a handle is taken or reserved, whether a display name is reserved, and
 * which payment methods exist.
 *
 * @example
 * ```ts
 * import { profileChanges } from 'tertulia/schemas'
 *
 * const { error } = profileChanges.safeParse({ handle: 'A B' })
 * console.log(error?.issues[0]?.path) // ['handle']
 * ```
 */
export const profileChanges = z.strictObject({
  handle: matching(
    /^[A-Za-z0-9](?:[A-Za-z0-9]|[._-](?![._-])){1,28}[A-Za-z0-9]$/,
    '3 to 30 letters, digits and single . _ - between them',
  ).optional(),
  displayName: emptyableName(80).optional(),
  bio: text(2000).optional(),
  country: country.nullable().optional(),
  professionalTypes: z.array(catalogueName).max(10).optional(),
  experienceYears: z.int().min(0).max(80).nullable().optional(),
  experience: text(2000).optional(),
  rates: z.strictObject({ basic: rate, standard: rate, premium: rate }).optional(),
  software: z.array(catalogueName).max(50).optional(),
  tags: z
    .array(z.union([catalogueName, z.strictObject({ name: catalogueName, kind: kind.optional() })]))
    .max(50)
    .optional(),
  languages: z.array(language).max(20).optional(),
  links: z
    .array(z.strictObject({ label: name(80), url: webAddress }))
    .max(20)
    .optional(),
  paymentMethods: z
    .array(matching(/^[a-z][a-z0-9_]{0,39}$/, 'a code such as paypal'))
    .max(50)
    .optional(),
  showsPaymentMethods: z.boolean().optional(),
  isListed: z.boolean().optional(),
  openToWork: z.boolean().optional(),
  availableFrom: day.nullable().optional(),
  metadata: metadata.optional(),
})

const wanted = z.array(upTo(80)).min(1).max(50).optional()
const amount = z.int().min(0).max(9_999_999_999_999).optional()
const years = z.int().min(0).max(80).optional()

/**
 * The filters of `profiles.search`.
 *
 * @example
 * ```ts
 * import { profileFilters } from 'tertulia/schemas'
 *
 * profileFilters.parse({ countries: ['CL'] })
 * ```
 */
export const profileFilters = z.strictObject({
  countries: wanted,
  types: wanted,
  anySoftware: wanted,
  allSoftware: wanted,
  anyTags: wanted,
  allTags: wanted,
  languages: wanted,
  rate: z.strictObject({ tier, currency, unit: unit.optional(), min: amount, max: amount }).optional(),
  minExperience: years,
  maxExperience: years,
  openToWork: z.literal(true).optional(),
  availableBy: day.optional(),
})
