import { call, listCall, nothing } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import type { Paged, PageOptions } from '../core/page.ts'
import { id, parseInput } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
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
export async function favoriteSong(context: Context, songId: string, options?: CallOptions): Promise<void> {
  const operation = 'songs.favorite'
  return call(
    context,
    operation,
    options,
    'favorite_song',
    { songId: parseInput(operation, id, songId) },
    nothing,
  )
}

/**
 * Makes a song no favourite any more; one that is none stays so.
 *
 * @throws `invalid_input` for an id that is not a UUID, `not_signed_in`.
 * @example
 * ```ts
 * await tertulia.songs.unfavorite(song.id)
 * ```
 */
export async function unfavoriteSong(context: Context, songId: string, options?: CallOptions): Promise<void> {
  const operation = 'songs.unfavorite'
  return call(
    context,
    operation,
    options,
    'unfavorite_song',
    { songId: parseInput(operation, id, songId) },
    nothing,
  )
}

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
export function listFavorites(context: Context, options: PageOptions & CallOptions = {}): Paged<SongSummary> {
  const operation = 'songs.listFavorites'
  return listCall(context, operation, options, 'list_favorite_songs', () => ({}), songSummary, [
    ['favorite_at', 'beforeCreatedAt', text()],
    ['id', 'beforeId', id],
  ])
}
