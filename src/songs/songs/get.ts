import { type Operation, operation } from '../../core/call.ts'
import { TertuliaError } from '../../core/error.ts'
import { id } from '../../core/parse.ts'
import { list } from '../../core/shape.ts'
import { type Song, wholeSong } from '../schema.ts'

const name = 'songs.get'

export const getSong: Operation<[songId: string], Song> = operation(
  name,
  'get_song',
  { songId: id },
  (value, path) => {
    const [song] = list(wholeSong)(value, path)
    if (song) return song
    const message = 'unable to get the song; there is no song with that id'
    throw new TertuliaError('song_not_found', message, { operation: name })
  },
  {},
  { get: true },
)
