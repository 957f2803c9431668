import { call, nothing } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import { id, parseInput } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'

const operation = 'songs.delete'

/**
 * Puts one of one's own songs in the trash: nobody sees or finds it from then on. Doing so again changes nothing.
 *
 * @throws `song_not_found`, also for a song of somebody else; `invalid_input` for an id that is not a UUID; `not_signed_in`.
 * @example
 * ```ts
 * await tertulia.songs.delete(song.id)
 * ```
 */
export async function deleteSong(context: Context, songId: string, options?: CallOptions): Promise<void> {
  const input = { songId: parseInput(operation, id, songId) }
  return call(context, operation, options, 'delete_song', input, nothing)
}
