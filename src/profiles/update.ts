import { call } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import { calledWith, parseInput } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
import { toColumns, tuple } from '../core/shape.ts'
import { type ProfileChanges, profileChanges } from './changes.ts'
import { type Profile, profileOf } from './schema.ts'

const operation = 'profiles.update'
const input = calledWith({ changes: profileChanges })

/**
 * Changes the named fields and parts of one's own profile, all of them or none. A part (rates, software, tags, …) is
 * replaced as a whole; parts that are not named stay, also when two devices change different ones at once.
 *
 * @returns The whole profile as it is now.
 * @throws `handle_taken` for a handle that is taken or reserved, `invalid_input` with the field at fault (`rates.basic.currency`,
 * `links.0.url`), `not_signed_in`.
 * @example
 * ```ts
 * await tertulia.profiles.update({
 *   displayName: 'Ana Ruiz',
 *   country: 'CL',
 *   professionalTypes: ['Editor', 'Videógrafa'],
 *   rates: { basic: { amount: 2500, currency: 'USD', unit: 'hour' } },
 *   software: ['DaVinci Resolve'],
 *   tags: [{ name: 'Color grading', kind: 'specialty' }],
 * })
 * ```
 */
export async function updateProfile(
  context: Context,
  changes: ProfileChanges,
  options?: CallOptions,
): Promise<Profile> {
  const given = parseInput(operation, input, [changes, options])
  const [profile] = await call(
    context,
    operation,
    options,
    'update_profile',
    { changes: toColumns(given.changes) },
    tuple(profileOf(context)),
  )
  return profile
}
