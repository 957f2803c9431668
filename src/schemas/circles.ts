import * as z from 'zod'
import { id, nextYear } from './scalars.ts'
import { email } from './sharing.ts'
import { anyText, lines, name } from './text.ts'

/**
 * The input of `circles.create`.
 *
 * @example
 * ```ts
 * import { newCircle } from 'tertulia/schemas'
 *
 * newCircle.parse({ name: 'Los Pérez' })
 * ```
 */
export const newCircle = z.strictObject({ name: name(120), id: id.optional() })

/**
 * The input of `circles.inviteUser`. `expiresAt` also takes a text such as `2027-01-31T18:00:00Z`.
 *
 * @example
 * ```ts
 * import { newCircleInvitation } from 'tertulia/schemas'
 *
 * newCircleInvitation.parse({ handle: 'carla', message: 'We rehearse on Fridays.' })
 * ```
 */
export const newCircleInvitation = z
  .strictObject({
    userId: id.optional(),
    handle: anyText.optional(),
    email: email.optional(),
    role: z.enum(['admin', 'member']).optional(),
    message: lines(1000).optional(),
    expiresAt: nextYear.optional(),
  })
  .superRefine(({ userId, handle, email }, context) => {
    if ([userId, handle, email].filter((one) => one !== undefined).length === 1) return
    context.addIssue({
      code: 'custom',
      path: ['userId'],
      message: 'names the user: pass one of userId, handle and email',
    })
  })
