import { type Operation, operation } from '../../core/call.ts'
import type { CallOptions } from '../../core/run.ts'
import { integer, list, oneOf, type Reader, row, text, withDefault } from '../../core/shape.ts'

/** A title or an artist that the user may be typing. */
export interface SongSuggestion {
  value: string
  kind: 'title' | 'artist'
}

const suggestions: Reader<SongSuggestion[]> = list(row({ value: text(), kind: oneOf('title', 'artist') }))

export const suggestSongs: Operation<
  [prefix: string],
  SongSuggestion[],
  { limit?: number | undefined } & CallOptions
> = operation('songs.suggest', 'suggest_songs', { prefix: text() }, suggestions, {
  limit: withDefault(integer(1, 50), 10),
})
