import type { Context } from '../core/context.ts'
import { parseAnswer, parseInput } from '../core/parse.ts'
import { type CallOptions, run } from '../core/run.ts'
import { tuple } from '../core/shape.ts'
import type { Json } from '../database.types.ts'
import { type Profile, type ProfileChanges, profileChanges, profileRow, toProfile } from './schema.ts'

const operation = 'profiles.update'

/**
 * Changes the named fields of one's own profile, all of them or none.
 *
 * @returns The profile as it is now.
 * @throws `handle_taken` for a handle that is taken or reserved, `invalid_input` with the field at fault, `not_signed_in`.
 * @example
 * ```ts
 * await tertulia.profiles.update({ displayName: 'Ana Ruiz', country: 'CL' })
 * ```
 */
export async function updateProfile(
  context: Context,
  changes: ProfileChanges,
  options?: CallOptions,
): Promise<Profile> {
  const { displayName, metadata, ...rest } = parseInput(operation, profileChanges, changes)
  const row = { ...rest, display_name: displayName, metadata: metadata as Json | undefined }
  return run(
    context,
    operation,
    options,
    (signal) => context.supabase.rpc('update_profile', { changes: row }).abortSignal(signal),
    (data) => toProfile(parseAnswer(operation, tuple(profileRow), data)[0]),
  )
}
