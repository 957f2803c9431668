import { call } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import { id, parseInput } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
import { type SongChanges, songChanges, toFields } from './fields.ts'
import { oneSong, type Song, songColumns } from './schema.ts'

const operation = 'songs.update'

/**
 * Changes the named fields of one of one's own songs, all of them or none. With new content its lyrics and chords follow,
 * and so does every field that came from the text; one that was set by hand stays.
 *
 * @returns The song as it is now.
 * @throws `song_not_found`, also for a song of somebody else; `content_too_long` over 128 KiB; `invalid_input` with the
 * field at fault; `not_signed_in`.
 * @example
 * ```ts
 * await tertulia.songs.update(song.id, { visibility: 'public', key: 'Am' })
 * await tertulia.songs.update(song.id, { key: null }) // as the text says
 * ```
 */
export async function updateSong(
  context: Context,
  songId: string,
  changes: SongChanges,
  options?: CallOptions,
): Promise<Song> {
  const input = {
    songId: parseInput(operation, id, songId),
    changes: toFields(parseInput(operation, songChanges, changes)),
  }
  return call(context, operation, { ...options, columns: songColumns }, 'update_song', input, oneSong)
}
