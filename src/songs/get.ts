import { call } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import { TertuliaError } from '../core/error.ts'
import { id, parseInput } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
import { list } from '../core/shape.ts'
import { type Song, wholeSong } from './schema.ts'

const operation = 'songs.get'

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
export async function getSong(context: Context, songId: string, options?: CallOptions): Promise<Song> {
  const target = parseInput(operation, id, songId)
  const request = { ...options, get: true }
  const [song] = await call(context, operation, request, 'get_song', { songId: target }, list(wholeSong))
  if (song) return song
  throw new TertuliaError('song_not_found', 'unable to get the song; there is none with that id', {
    operation,
  })
}
