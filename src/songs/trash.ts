import { call, listCall, nothing } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import type { Paged, PageOptions } from '../core/page.ts'
import { id, parseInput, timestamp } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
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
export function listTrash(context: Context, options: PageOptions & CallOptions = {}): Paged<DeletedSong> {
  const operation = 'songs.listTrash'
  return listCall(context, operation, options, 'list_trash', () => ({}), deletedSong, [
    ['deleted_at', 'beforeDeletedAt', text()],
    ['id', 'beforeId', id],
  ])
}

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
export async function restoreSong(context: Context, songId: string, options?: CallOptions): Promise<Song> {
  const operation = 'songs.restore'
  const input = { songId: parseInput(operation, id, songId) }
  return call(context, operation, { ...options, columns: songColumns }, 'restore_song', input, oneSong)
}

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
export async function purgeSong(context: Context, songId: string, options?: CallOptions): Promise<void> {
  const operation = 'songs.purge'
  return call(
    context,
    operation,
    options,
    'purge_song',
    { songId: parseInput(operation, id, songId) },
    nothing,
  )
}
