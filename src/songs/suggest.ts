import { type Operation, operation } from '../core/call.ts'
import type { CallOptions } from '../core/run.ts'
import { integer, list, oneOf, type Reader, row, text, withDefault } from '../core/shape.ts'

/** What somebody may be typing. */
export interface SongSuggestion {
  value: string
  kind: 'title' | 'artist'
}

const suggestions: Reader<SongSuggestion[]> = list(row({ value: text(), kind: oneOf('title', 'artist') }))

/**
 * Suggests titles and artists for what the user has typed so far, of songs that the user may see. Names that begin so come first, then
 * names that have the words within ("zeppelin" suggests "Led Zeppelin"); of each the most popular first, each name once. Case, accents
 * and apostrophes do not count. When very many names match, some are left out.
 *
 * @param options - `limit`: how many at most, 1 to 50; 10 unless told.
 * @throws `invalid_input`.
 * @example
 * ```ts
 * const suggestions = await tertulia.songs.suggest('cora', { signal })
 * ```
 */
export const suggestSongs: Operation<[prefix: string], SongSuggestion[], { limit?: number } & CallOptions> =
  operation('songs.suggest', 'suggest_songs', { prefix: text() }, suggestions, {
    limit: withDefault(integer(1, 50), 10),
  })
