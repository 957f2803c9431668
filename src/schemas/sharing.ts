import * as z from 'zod'
import { future, id } from './scalars.ts'
import { lengthOf, lines, ruled } from './text.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: an address has none
const address = /^[^\s@\x00-\x1f\x7f-\x9f]+@[^\s@\x00-\x1f\x7f-\x9f]+\.[^\s@\x00-\x1f\x7f-\x9f]+$/
export const email = ruled(
  (text) => {
    const bare = text.replace(/^ +| +$/g, '')
    return address.test(bare) && lengthOf(bare.toLowerCase()) <= 320 ? undefined : 'is not an e-mail address'
  },
  { format: 'email', maxLength: 320 },
)

/**
 * The input of `sharing.share`. `expiresAt` also takes a text such as `2027-01-31T18:00:00Z`.
 *
 * @example
 * ```ts
 * import { newShare } from 'tertulia/schemas'
 *
 * const input = newShare.parse({ email: 'ben@example.com', role: 'view' })
 * await tertulia.sharing.share(song.id, input)
 * ```
 */
export const newShare = z
  .strictObject({
    userId: id.optional(),
    email: email.optional(),
    role: z.enum(['view', 'edit', 'admin']),
    message: lines(1000).optional(),
    expiresAt: future.optional(),
    withSongs: z.boolean().optional(),
  })
  .superRefine(({ userId, email }, context) => {
    if ((userId === undefined) !== (email === undefined)) return
    const path = [email === undefined ? 'userId' : 'email']
    context.addIssue({ code: 'custom', path, message: 'names the recipient: pass userId or email' })
  })

/**
 * The input of `sharing.createLink`. `expiresAt` also takes a text such as `2027-01-31T18:00:00Z`.
 *
 * @example
 * ```ts
 * import { newLink } from 'tertulia/schemas'
 *
 * newLink.parse({ role: 'view', maxUses: 10 })
 * ```
 */
export const newLink = z.strictObject({
  role: z.enum(['view', 'edit']).optional(),
  maxUses: z.int().min(1).max(100_000).optional(),
  expiresAt: future.optional(),
})
