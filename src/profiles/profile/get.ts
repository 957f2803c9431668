import { call } from '../../core/call.ts'
import type { Context } from '../../core/context.ts'
import { TertuliaError } from '../../core/error.ts'
import { calledWith, id, parseInput } from '../../core/parse.ts'
import type { CallOptions } from '../../core/run.ts'
import { list, optional, type Reader } from '../../core/shape.ts'
import { type Profile, profileOf } from '../schema.ts'

const operation = 'profiles.get'
const input = calledWith({ userId: optional(id) })

export async function getProfile(context: Context, userId?: string, options?: CallOptions): Promise<Profile> {
  const { userId: target } = parseInput(operation, input, [userId, options])
  if (target === undefined) {
    // A POST, for it may have to make the profile.
    return call(context, operation, options, 'get_own_profile', {}, oneProfile(context))
  }
  const request = { ...options, get: true }
  return call(context, operation, request, 'get_profile', { userId: target }, oneProfile(context))
}

const oneProfile =
  (context: Context): Reader<Profile> =>
  (value, path) => {
    const [profile] = list(profileOf(context))(value, path)
    if (profile) return profile
    const message = 'unable to get the profile; there is no user with that id'
    throw new TertuliaError('profile_not_found', message, { operation })
  }
