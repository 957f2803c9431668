import { listCall } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import type { Paged, PageOptions } from '../core/page.ts'
import { id, parseInput } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
import { object, optional, text } from '../core/shape.ts'
import { type SongSummary, songSummary } from './schema.ts'

const operation = 'songs.list'
const listInput = object({ createdBy: optional(id) })

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
  const readInput = () => ({ ownerId: parseInput(operation, listInput, options).createdBy })
  return listCall(context, operation, options, 'list_songs', readInput, songSummary, [
    ['created_at', 'beforeCreatedAt', text()],
    ['id', 'beforeId', id],
  ])
}
