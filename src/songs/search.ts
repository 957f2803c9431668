import type { Context } from '../core/context.ts'
import { type Paged, type PageOptions, paged, pageOptions, readCursor, writeCursor } from '../core/page.ts'
import { id, parseAnswer, parseInput } from '../core/parse.ts'
import { type CallOptions, run } from '../core/run.ts'
import { list as listOf, object, type Reader, ShapeError, text, tuple } from '../core/shape.ts'
import { type SongSummary, songSummaryRow, toSongSummary } from './schema.ts'

const operation = 'songs.search'
const searchInput = object({ ...pageOptions, query: text({ max: 400 }) })
const rank: Reader<number> = (value, path) => {
  if (typeof value === 'number') return value
  throw new ShapeError(path, 'a number')
}
const cursorKeys = tuple(rank, id)
const placeOf = listOf(object({ rank, id }))

/**
 * The songs that the person may see and that have every word of the query in title, artist, album, genre, style or
 * lyrics, best first, a page at a time. Blind to case and accents; "corazones" finds "corazón" in a Spanish song; the last
 * word may be unfinished. Nothing but punctuation finds nothing. At most 5,000 songs are ranked: a word that more songs
 * have finds 5,000 of them.
 *
 * @param query - At most 200 characters.
 * @throws `invalid_input` for a longer query, `invalid_cursor`, also for the cursor of another query.
 * @example
 * ```ts
 * const { items } = await tertulia.songs.search('corazon espin', { limit: 20 })
 * ```
 */
export function searchSongs(
  context: Context,
  query: string,
  options: PageOptions & CallOptions = {},
): Paged<SongSummary> {
  return paged(async (cursor) => {
    const { limit, query: words } = parseInput(operation, searchInput, { ...options, query })
    const list = `songs with ${words}`
    const after = readCursor(operation, list, cursorKeys, cursor)
    return run(
      context,
      operation,
      options,
      (signal) =>
        context.supabase
          .rpc('search_songs', {
            query: words,
            page_size: limit + 1,
            ...(after && { after_rank: after[0], after_id: after[1] }),
          })
          .abortSignal(signal),
      (data) => {
        const rows = parseAnswer(operation, listOf(songSummaryRow), data)
        const last = rows.length > limit ? parseAnswer(operation, placeOf, data)[limit - 1] : undefined
        return {
          items: rows.slice(0, limit).map(toSongSummary),
          nextCursor: last ? writeCursor(list, last.rank, last.id) : null,
        }
      },
    )
  }, options.cursor)
}
