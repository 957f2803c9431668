import type { Context } from '../core/context.ts'
import { type Paged, type PageOptions, paged, pageOptions, readCursor, writeCursor } from '../core/page.ts'
import { id, parseAnswer, parseInput } from '../core/parse.ts'
import { type CallOptions, run } from '../core/run.ts'
import { list as listOf, object, tuple } from '../core/shape.ts'
import { type Profile, profileColumns, profileOf } from './schema.ts'

const operation = 'profiles.list'
const listInput = object(pageOptions)
const cursorKeys = tuple(id)

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
export function listProfiles(context: Context, options: PageOptions & CallOptions = {}): Paged<Profile> {
  return paged(async (cursor) => {
    const { limit } = parseInput(operation, listInput, options)
    const after = readCursor(operation, 'profiles', cursorKeys, cursor)
    return run(
      context,
      operation,
      options,
      (signal) => {
        const query = context.supabase
          .from('profile_details')
          .select(profileColumns)
          .not('handle', 'is', null)
        return (after ? query.gt('id', after[0]) : query)
          .order('id')
          .limit(limit + 1)
          .abortSignal(signal)
      },
      (data) => {
        const rows = parseAnswer(operation, listOf(profileOf(context)), data)
        const items = rows.slice(0, limit)
        const last = items.at(-1)
        return { items, nextCursor: rows.length > limit && last ? writeCursor('profiles', last.id) : null }
      },
    )
  }, options.cursor)
}
