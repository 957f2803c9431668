import { type ListOperation, listOperation, nothing, type Operation, operation } from '../core/call.ts'
import { id } from '../core/parse.ts'
import { text } from '../core/shape.ts'
import { type SongSummary, songSummary } from './schema.ts'

/**
 * Makes a song a favourite of one's own: a public one or one's own. Doing so again changes nothing. Nobody else sees it.
 *
 * @throws `song_not_found`, `invalid_input` for an id that is not a UUID, `not_signed_in`.
 * @example
 * ```ts
 * await tertulia.songs.favorite(song.id)
 * ```
 */
export const favoriteSong: Operation<[songId: string], void> = operation(
  'songs.favorite',
  'favorite_song',
  { songId: id },
  nothing,
)

/**
 * Makes a song no favourite any more; one that is none stays so.
 *
 * @throws `invalid_input` for an id that is not a UUID, `not_signed_in`.
 * @example
 * ```ts
 * await tertulia.songs.unfavorite(song.id)
 * ```
 */
export const unfavoriteSong: Operation<[songId: string], void> = operation(
  'songs.unfavorite',
  'unfavorite_song',
  { songId: id },
  nothing,
)

/**
 * One's own favourites, the latest first, a page at a time. A song that was deleted or made private is not among them; it
 * is again when it comes back.
 *
 * @throws `invalid_input`, `invalid_cursor`, `not_signed_in`.
 * @example
 * ```ts
 * for await (const song of tertulia.songs.listFavorites()) console.log(song.title)
 * ```
 */
export const listFavorites: ListOperation<[], SongSummary> = listOperation(
  'songs.listFavorites',
  'list_favorite_songs',
  {},
  songSummary,
  [
    ['favorite_at', 'beforeCreatedAt', text()],
    ['id', 'beforeId', id],
  ],
)
