import type { Context } from '../core/context.ts'
import { type Paged, type PageOptions, paged, pageOptions, readCursor, writeCursor } from '../core/page.ts'
import { id, parseAnswer, parseInput, timestamp } from '../core/parse.ts'
import { type CallOptions, run } from '../core/run.ts'
import { list as listOf, nullable, object, text, tuple } from '../core/shape.ts'
import { type Song, songColumns, songRow, toSong } from './schema.ts'

/** A song in the trash. */
export interface DeletedSong {
  id: string
  title: string
  artist: string | null
  deletedAt: Date
}

const listInput = object(pageOptions)
const cursorKeys = tuple(text(), id)
const deletedRows = listOf(object({ id, title: text(), artist: nullable(text()), deleted_at: timestamp }))
const placeOf = listOf(object({ deleted_at: text(), id }))

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
  return paged(async (cursor) => {
    const { limit } = parseInput(operation, listInput, options)
    const after = readCursor(operation, operation, cursorKeys, cursor)
    return run(
      context,
      operation,
      options,
      (signal) =>
        context.supabase
          .rpc('list_trash', {
            page_size: limit + 1,
            ...(after && { before_deleted_at: after[0], before_id: after[1] }),
          })
          .abortSignal(signal),
      (data) => {
        const rows = parseAnswer(operation, deletedRows, data)
        const last = rows.length > limit ? parseAnswer(operation, placeOf, data)[limit - 1] : undefined
        return {
          items: rows
            .slice(0, limit)
            .map(({ deleted_at: deletedAt, ...song }): DeletedSong => ({ ...song, deletedAt })),
          nextCursor: last ? writeCursor(operation, last.deleted_at, last.id) : null,
        }
      },
    )
  }, options.cursor)
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
  const target = parseInput(operation, id, songId)
  return run(
    context,
    operation,
    options,
    (signal) =>
      context.supabase.rpc('restore_song', { song_id: target }).select(songColumns).abortSignal(signal),
    (data) => toSong(parseAnswer(operation, tuple(songRow), data)[0]),
  )
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
  const target = parseInput(operation, id, songId)
  return run(
    context,
    operation,
    options,
    (signal) => context.supabase.rpc('purge_song', { song_id: target }).abortSignal(signal),
    () => {},
  )
}
