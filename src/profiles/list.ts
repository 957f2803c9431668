import { listOperation } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import type { Paged, PageOptions } from '../core/page.ts'
import { id } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
import { type Profile, profileOf } from './schema.ts'

const operation = 'profiles.list'

/**
 * Everybody's profiles in a stable order (by id), a page at a time. Deleted people are left out.
 *
 * @throws `not_signed_in`, `invalid_input`, `invalid_cursor`.
 * @example
 * ```ts
 * const { items, nextCursor } = await tertulia.profiles.list({ limit: 20 })
 * for await (const profile of tertulia.profiles.list()) console.log(profile.handle)
 * ```
 */
export function listProfiles(context: Context, options?: PageOptions & CallOptions): Paged<Profile> {
  const list = listOperation(operation, 'list_profiles', {}, profileOf(context), [['id', 'afterId', id]])
  return list(context, options)
}
