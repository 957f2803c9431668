import { call } from '../../core/call.ts'
import type { Context } from '../../core/context.ts'
import { calledWith, parseInput } from '../../core/parse.ts'
import type { CallOptions } from '../../core/run.ts'
import { toColumns, tuple } from '../../core/shape.ts'
import { type Profile, profileOf } from '../schema.ts'
import { type ProfileChanges, profileChanges } from './changes.ts'

const operation = 'profiles.update'
const input = calledWith({ changes: profileChanges })

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
