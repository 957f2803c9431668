import * as z from 'zod'
import { uuid } from '../core/parse.ts'
import { matching, ruled } from './text.ts'
import { blanks } from './values.ts'

/**
 * An id: a UUID in any case.
 *
 * @example
 * ```ts
 * import { id } from 'tertulia/schemas'
 *
 * id.parse('7b0cbf0c-6f0f-4c54-9d2c-0f6a8d6f3a10')
 * ```
 */
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

/** A moment: a `Date`, or a text such as `2027-01-31T18:00:00Z`, which becomes one. In JSON Schema it is that text. */
const moment = z.union([z.date(), z.iso.datetime({ offset: true }).transform((text) => new Date(text))])
// JSON has no dates, and zod refuses to write one.
moment._zod.processJSONSchema = (_context, json) => {
  Object.assign(json, { type: 'string', format: 'date-time' })
}

const day = 86_400_000

/** A moment in so many years from now; on the last day of them the database decides. */
function within(years: number, span: string) {
  const schema = moment.superRefine((date, context) => {
    const away = +date - Date.now()
    if (away <= 0) context.addIssue({ code: 'custom', message: 'has passed' })
    else if (away > years * 365.25 * day - day)
      context.addIssue({ code: 'custom', message: `is more than ${span} away` })
  })
  schema._zod.processJSONSchema = moment._zod.processJSONSchema
  return schema
}

/** A moment in the next hundred years. */
export const future = within(100, '100 years')
/** A moment in the next year. */
export const nextYear = within(1, 'a year')
