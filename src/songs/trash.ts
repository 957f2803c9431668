import { type ListOperation, listOperation, nothing, type Operation, operation } from '../core/call.ts'
import { id, timestamp } from '../core/parse.ts'
import { nullable, type Reader, row, text } from '../core/shape.ts'
import { oneSong, type Song, songColumns } from './schema.ts'

/** A song in the trash. */
export interface DeletedSong {
  id: string
  title: string
  artist: string | null
  deletedAt: Date
}

const deletedSong: Reader<DeletedSong> = row({
  id,
  title: text(),
  artist: nullable(text()),
  deletedAt: timestamp,
})

/**
 * One's own songs in the trash, last deleted first, a page at a time. After 30 days the service may purge them.
 *
 * @throws `invalid_input`, `invalid_cursor`, `not_signed_in`.
 * @example
 * ```ts
 * const { items } = await tertulia.songs.listTrash()
 * ```
 */
export const listTrash: ListOperation<[], DeletedSong> = listOperation(
  'songs.listTrash',
  'list_trash',
  {},
  deletedSong,
  [
    ['deleted_at', 'beforeDeletedAt', text()],
    ['id', 'beforeId', id],
  ],
)

/**
 * Takes one of one's own songs out of the trash: it is as it was, with its tags, and a favourite of whoever had it as one.
 * One that is not in the trash stays as it is.
 *
 * @throws `song_not_found`, also for a song of somebody else and for one that was purged; `invalid_input`; `not_signed_in`.
 * @example
 * ```ts
 * const song = await tertulia.songs.restore(id)
 * ```
 */
export const restoreSong: Operation<[songId: string], Song> = operation(
  'songs.restore',
  'restore_song',
  { songId: id },
  oneSong,
  {},
  { columns: songColumns },
)

/**
 * Removes one of one's own songs from the trash for good.
 *
 * @throws `song_not_found` unless it is in the trash and one's own; `invalid_input`; `not_signed_in`.
 * @example
 * ```ts
 * await tertulia.songs.delete(id)
 * await tertulia.songs.purge(id)
 * ```
 */
export const purgeSong: Operation<[songId: string], void> = operation(
  'songs.purge',
  'purge_song',
  { songId: id },
  nothing,
)
