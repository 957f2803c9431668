import { nothing, type Operation, operation } from '../core/call.ts'
import { id } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
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
} from '../core/shape.ts'

/** A tag of a song. */
export interface SongTag {
  /** What tags are compared by: without case, accents and surplus blanks. */
  name: string
  /** As it was written. */
  label: string
  /** `mood`, `occasion`, `instrument`, or one of the app's own. */
  category: string | null
  /** `user`: given by a person; `auto`: from `{tag}` in the text; `system`: given by the service. */
  type: 'user' | 'auto' | 'system'
}

/** A tag to choose. */
export interface SongTagSuggestion {
  name: string
  label: string
  category: string | null
  /** How many songs have it, as far as one may see them: counted up to 20, beyond that as the service last counted. */
  uses: number
}

/** Which tags to suggest. */
export interface SuggestSongTagsOptions extends CallOptions {
  /** Only tags of this category. */
  category?: string
  /** How many at most, 1 to 50; 10 unless told. */
  limit?: number
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

/**
 * Gives tags to one of one's own songs, all or none. `Navidad` and `NAVIDAD` are the same tag: a song has each once, with
 * the latest spelling. A song has at most 100.
 *
 * @param tags - 1 to 50, each of 1 to 80 characters.
 * @param options.category - What the tags are about; left as it was when not given. Genre, style and difficulty are fields
 * of the song, which a tag does not repeat.
 * @returns All tags of the song, in order of their names.
 * @throws `song_not_found`, also for a song of somebody else; `invalid_input` with field `tags` or `category`; `not_signed_in`.
 * @example
 * ```ts
 * await tertulia.songs.tag(song.id, ['Navidad'], { category: 'occasion' })
 * ```
 */
export const tagSong: Operation<
  [songId: string, tags: string[]],
  SongTag[],
  { category?: string } & CallOptions
> = operation(
  'songs.tag',
  'tag_song',
  tagInput,
  songTags,
  { category: optional(text()) },
  { toArguments: ({ tags: labels, ...input }) => ({ ...input, labels }) },
)

/**
 * Takes tags from one of one's own songs, if it has them. Those that the service gave stay.
 *
 * @throws `song_not_found`, `invalid_input`, `not_signed_in`.
 * @example
 * ```ts
 * await tertulia.songs.untag(song.id, ['navidad'])
 * ```
 */
export const untagSong: Operation<[songId: string, tags: string[]], void> = operation(
  'songs.untag',
  'untag_song',
  tagInput,
  nothing,
  {},
  { toArguments: ({ tags: labels, songId }) => ({ songId, labels }) },
)

/**
 * The tags of a song, in order of their names; none for a song that one may not see.
 *
 * @throws `invalid_input` for an id that is not a UUID.
 * @example
 * ```ts
 * const tags = await tertulia.songs.listTags(song.id)
 * ```
 */
export const listTags: Operation<[songId: string], SongTag[]> = operation(
  'songs.listTags',
  'list_song_tags',
  { songId: id },
  songTags,
)

/**
 * Tags that begin so, blind to case and accents, the most used first: of public songs and one's own.
 *
 * @param beginning - At most 80 characters; empty for the most used of all.
 * @throws `invalid_input`, `not_signed_in`.
 * @example
 * ```ts
 * const [first] = await tertulia.songs.suggestTags('nav', { category: 'occasion' })
 * ```
 */
export const suggestTags: Operation<[beginning: string], SongTagSuggestion[], SuggestSongTagsOptions> =
  operation('songs.suggestTags', 'suggest_song_tags', { beginning: text() }, suggestions, {
    category: optional(text()),
    limit: withDefault(integer(1, 50), 10),
  })
