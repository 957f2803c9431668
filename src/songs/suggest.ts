import { call } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import { parseInput } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
import { integer, list, object, oneOf, text, withDefault } from '../core/shape.ts'

const operation = 'songs.suggest'

/** What somebody may be typing. */
export interface SongSuggestion {
  value: string
  kind: 'title' | 'artist'
}

const suggestInput = object({ prefix: text({ max: 400 }), limit: withDefault(integer(1, 50), 10) })
const answer = list(object({ value: text(), kind: oneOf('title', 'artist') }))

/**
 * Titles and artists that begin with what was typed so far, of songs that the person may see: the best liked first, each once,
 * blind to case and accents. Of very many with one beginning some are left out.
 *
 * @param options - `limit`: how many at most, 1 to 50; 10 unless told.
 * @throws `invalid_input`.
 * @example
 * ```ts
 * const suggestions = await tertulia.songs.suggest('cora', { signal })
 * ```
 */
export async function suggestSongs(
  context: Context,
  prefix: string,
  options: { limit?: number } & CallOptions = {},
): Promise<SongSuggestion[]> {
  const { limit: pageSize, ...input } = parseInput(operation, suggestInput, { ...options, prefix })
  return call(context, operation, options, 'suggest_songs', { ...input, pageSize }, answer)
}
