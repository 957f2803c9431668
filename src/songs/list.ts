import { type ListOperation, listOperation } from '../core/call.ts'
import type { PageOptions } from '../core/page.ts'
import { id } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
import { optional, text } from '../core/shape.ts'
import { type SongSummary, songSummary } from './schema.ts'

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
export const listSongs: ListOperation<[], SongSummary, ListSongsOptions & CallOptions> = listOperation(
  'songs.list',
  'list_songs',
  {},
  songSummary,
  [
    ['created_at', 'beforeCreatedAt', text()],
    ['id', 'beforeId', id],
  ],
  { createdBy: optional(id) },
  ({ createdBy }) => ({ ownerId: createdBy }),
)
