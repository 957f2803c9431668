import { nothing, type Operation, operation } from '../../core/call.ts'
import { id } from '../../core/parse.ts'
import type { CallOptions } from '../../core/run.ts'
import {
  integer,
  list,
  nullable,
  oneOf,
  optional,
  type Reader,
  row,
  text,
  withDefault,
} from '../../core/shape.ts'

/** A tag of a song. */
export interface SongTag {
  /** The form that tags are compared in: without case, accents and extra spaces. */
  name: string
  /** The tag as written. */
  label: string
  /** `mood`, `occasion`, `instrument`, or your own category. */
  category: string | null
  /** `user`: given by a user. `auto`: from `{tag}` in the text. `system`: given by the service. */
  type: 'user' | 'auto' | 'system'
}

/** A tag to choose. */
export interface SongTagSuggestion {
  /** The form that tags are compared in: without case, accents and extra spaces. */
  name: string
  label: string
  /** A category that it has on songs, or null. */
  category: string | null
  /** How many songs that you may see have it: exact up to 20, beyond that as upkeep last counted. */
  uses: number
}

/** Which tags to suggest. */
export interface SuggestSongTagsOptions extends CallOptions {
  /** Only tags of this category. */
  category?: string | undefined
  /** How many at most: 1 to 50, default 10. */
  limit?: number | undefined
}

const songTags: Reader<SongTag[]> = list(
  row(
    {
      name: text(),
      label: text(),
      category: nullable(text()),
      type: oneOf('user', 'auto', 'system'),
    },
    { name: 'tag_name', type: 'tag_type' },
  ),
)
const suggestions: Reader<SongTagSuggestion[]> = list(
  row({ name: text(), label: text(), category: nullable(text()), uses: integer() }, { name: 'tag_name' }),
)
const tagInput = { songId: id, tags: list(text()) }

export const tagSong: Operation<
  [songId: string, tags: string[]],
  SongTag[],
  { category?: string | undefined } & CallOptions
> = operation(
  'songs.tag',
  'tag_song',
  tagInput,
  songTags,
  { category: optional(text()) },
  { toArguments: ({ tags: labels, ...input }) => ({ ...input, labels }) },
)

export const untagSong: Operation<[songId: string, tags: string[]], void> = operation(
  'songs.untag',
  'untag_song',
  tagInput,
  nothing,
  {},
  { toArguments: ({ tags: labels, songId }) => ({ songId, labels }) },
)

export const listTags: Operation<[songId: string], SongTag[]> = operation(
  'songs.listTags',
  'list_song_tags',
  { songId: id },
  songTags,
)

export const suggestTags: Operation<[prefix: string], SongTagSuggestion[], SuggestSongTagsOptions> =
  operation('songs.suggestTags', 'suggest_song_tags', { prefix: text() }, suggestions, {
    category: optional(text()),
    limit: withDefault(integer(1, 50), 10),
  })
