import { type ListOperation, listOperation } from '../../core/call.ts'
import type { PageOptions } from '../../core/page.ts'
import { id } from '../../core/parse.ts'
import type { CallOptions } from '../../core/run.ts'
import { optional, text } from '../../core/shape.ts'
import { type SongSummary, songSummary } from '../schema.ts'

/** Which songs to list. */
export interface ListSongsOptions extends PageOptions {
  /** Only songs of this user. */
  createdBy?: string | undefined
}

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
