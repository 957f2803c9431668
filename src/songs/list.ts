import type { Context } from '../core/context.ts'
import { type Paged, type PageOptions, paged, pageOptions, readCursor, writeCursor } from '../core/page.ts'
import { id, parseAnswer, parseInput } from '../core/parse.ts'
import { type CallOptions, run } from '../core/run.ts'
import { list as listOf, object, optional, text, tuple } from '../core/shape.ts'
import { type SongSummary, songSummaryRow, toSongSummary } from './schema.ts'

const operation = 'songs.list'
const listInput = object({ ...pageOptions, createdBy: optional(id) })
const cursorKeys = tuple(text(), id)
// The time as the database writes it: a Date would lose its microseconds.
const placeOf = listOf(object({ created_at: text(), id }))

/** Which songs to list. */
export interface ListSongsOptions extends PageOptions {
  /** Only the songs of this person. */
  createdBy?: string
}

/**
 * The songs that the person may see, newest first, a page at a time: public ones and one's own, or those of one owner
 * among them. A song that is added meanwhile moves nothing.
 *
 * @throws `invalid_input`, `invalid_cursor`.
 * @example
 * ```ts
 * for await (const song of tertulia.songs.list({ createdBy: me.id })) console.log(song.title)
 * ```
 */
export function listSongs(
  context: Context,
  options: ListSongsOptions & CallOptions = {},
): Paged<SongSummary> {
  return paged(async (cursor) => {
    const { limit, createdBy } = parseInput(operation, listInput, options)
    const list = `songs of ${createdBy ?? 'all'}`
    const after = readCursor(operation, list, cursorKeys, cursor)
    return run(
      context,
      operation,
      options,
      (signal) =>
        context.supabase
          .rpc('list_songs', {
            page_size: limit + 1,
            ...(createdBy !== undefined && { owner_id: createdBy }),
            ...(after && { before_created_at: after[0], before_id: after[1] }),
          })
          .abortSignal(signal),
      (data) => {
        const rows = parseAnswer(operation, listOf(songSummaryRow), data)
        const last = rows.length > limit ? parseAnswer(operation, placeOf, data)[limit - 1] : undefined
        return {
          items: rows.slice(0, limit).map(toSongSummary),
          nextCursor: last ? writeCursor(list, last.created_at, last.id) : null,
        }
      },
    )
  }, options.cursor)
}
