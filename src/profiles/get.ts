import type { Context } from '../core/context.ts'
import { TertuliaError } from '../core/error.ts'
import { id, parseAnswer, parseInput } from '../core/parse.ts'
import { type CallOptions, run } from '../core/run.ts'
import { list } from '../core/shape.ts'
import { type Profile, profileColumns, profileRow, toProfile } from './schema.ts'

const operation = 'profiles.get'

/**
 * Somebody's whole profile, or without an id one's own. One's own is made on the spot for an account that has none yet.
 *
 * @throws `profile_not_found`, `not_signed_in`, `invalid_input` for an id that is not a UUID.
 * @example
 * ```ts
 * const me = await tertulia.profiles.get()
 * const them = await tertulia.profiles.get(userId)
 * ```
 */
export async function getProfile(context: Context, userId?: string, options?: CallOptions): Promise<Profile> {
  if (userId === undefined) {
    return run(
      context,
      operation,
      options,
      // A POST, for it may have to make the profile.
      (signal) => context.supabase.rpc('get_own_profile').abortSignal(signal),
      (data) => readOne(context, data),
    )
  }
  const target = parseInput(operation, id, userId)
  return run(
    context,
    operation,
    options,
    (signal) =>
      context.supabase
        .from('profile_details')
        .select(profileColumns)
        .eq('id', target)
        .limit(1)
        .abortSignal(signal),
    (data) => readOne(context, data),
  )
}

function readOne(context: Context, data: unknown): Profile {
  const [row] = parseAnswer(operation, list(profileRow), data)
  if (row) return toProfile(context, row)
  throw new TertuliaError('profile_not_found', 'unable to get the profile; there is none with that id', {
    operation,
  })
}
