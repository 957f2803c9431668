import type { Context } from '../core/context.ts'
import { type Paged, type PageOptions, paged, pageOptions, readCursor, writeCursor } from '../core/page.ts'
import { id, parseAnswer, parseInput } from '../core/parse.ts'
import { type CallOptions, run } from '../core/run.ts'
import { list as listOf, object, text, tuple } from '../core/shape.ts'
import { type SongSummary, songSummaryRow, toSongSummary } from './schema.ts'

const listInput = object(pageOptions)
const cursorKeys = tuple(text(), id)
const placeOf = listOf(object({ favorite_at: text(), id }))

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
  const target = parseInput(operation, id, songId)
  return run(
    context,
    operation,
    options,
    (signal) => context.supabase.rpc('favorite_song', { song_id: target }).abortSignal(signal),
    () => {},
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
  const target = parseInput(operation, id, songId)
  return run(
    context,
    operation,
    options,
    (signal) => context.supabase.rpc('unfavorite_song', { song_id: target }).abortSignal(signal),
    () => {},
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
  return paged(async (cursor) => {
    const { limit } = parseInput(operation, listInput, options)
    const after = readCursor(operation, operation, cursorKeys, cursor)
    return run(
      context,
      operation,
      options,
      (signal) =>
        context.supabase
          .rpc('list_favorite_songs', {
            page_size: limit + 1,
            ...(after && { before_created_at: after[0], before_id: after[1] }),
          })
          .abortSignal(signal),
      (data) => {
        const rows = parseAnswer(operation, listOf(songSummaryRow), data)
        const last = rows.length > limit ? parseAnswer(operation, placeOf, data)[limit - 1] : undefined
        return {
          items: rows.slice(0, limit).map(toSongSummary),
          nextCursor: last ? writeCursor(operation, last.favorite_at, last.id) : null,
        }
      },
    )
  }, options.cursor)
}
