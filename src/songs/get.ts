import { type Operation, operation } from '../core/call.ts'
import { TertuliaError } from '../core/error.ts'
import { id } from '../core/parse.ts'
import { list } from '../core/shape.ts'
import { type Song, wholeSong } from './schema.ts'

const name = 'songs.get'

/**
 * One song with its text, lyrics and chords: a public one or one's own.
 *
 * @throws `song_not_found` when there is none that the person may see, `invalid_input` for an id that is not a UUID.
 * @example
 * ```ts
 * const song = await tertulia.songs.get(id)
 * console.log(song.lyrics)
 * ```
 */
export const getSong: Operation<[songId: string], Song> = operation(
  name,
  'get_song',
  { songId: id },
  (value, path) => {
    const [song] = list(wholeSong)(value, path)
    if (song) return song
    const message = 'unable to get the song; there is none with that id'
    throw new TertuliaError('song_not_found', message, { operation: name })
  },
  {},
  { get: true },
)
