import * as z from 'zod'
import { upTo } from './text.ts'

/**
 * The query of a search of songs, profiles or messages: at most 200 characters.
 *
 * @example
 * ```ts
 * import { query } from 'tertulia/schemas'
 *
 * query.parse('luna llena')
 * ```
 */
export const query: z.ZodString = upTo(200)

/**
 * How to ask for a page of a list or a search.
 *
 * @example
 * ```ts
 * import { pageOptions } from 'tertulia/schemas'
 *
 * pageOptions.parse({ limit: 20 })
 * ```
 */
export const pageOptions = z.strictObject({
  limit: z.int().min(1).max(200).optional(),
  cursor: z.string().nullable().optional(),
})
