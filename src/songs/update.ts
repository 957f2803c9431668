import type { Context } from '../core/context.ts'
import { id, parseAnswer, parseInput } from '../core/parse.ts'
import { type CallOptions, run } from '../core/run.ts'
import { tuple } from '../core/shape.ts'
import { type SongChanges, songChanges, toFields } from './fields.ts'
import { type Song, songColumns, songRow, toSong } from './schema.ts'

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
  const target = parseInput(operation, id, songId)
  const fields = toFields(parseInput(operation, songChanges, changes))
  return run(
    context,
    operation,
    options,
    (signal) =>
      context.supabase
        .rpc('update_song', { song_id: target, changes: fields })
        .select(songColumns)
        .abortSignal(signal),
    (data) => toSong(parseAnswer(operation, tuple(songRow), data)[0]),
  )
}
