import { nothing, type Operation, operation } from '../core/call.ts'
import { id } from '../core/parse.ts'

/**
 * Puts one of one's own songs in the trash: nobody sees or finds it from then on. Doing so again changes nothing.
 *
 * @throws `song_not_found`, also for a song of somebody else; `invalid_input` for an id that is not a UUID; `not_signed_in`.
 * @example
 * ```ts
 * await tertulia.songs.delete(song.id)
 * ```
 */
export const deleteSong: Operation<[songId: string], void> = operation(
  'songs.delete',
  'delete_song',
  { songId: id },
  nothing,
)
