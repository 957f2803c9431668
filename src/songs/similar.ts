import { type Operation, operation } from '../core/call.ts'
import { id } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
import { flag, integer, list, nullable, number, type Reader, row, text, withDefault } from '../core/shape.ts'

/** A song that is like another one, and what they share. */
export interface SimilarSong {
  id: string
  title: string
  artist: string | null
  /** 0 to 2.75; more is more alike. */
  score: number
  /** Chords of both, by their canonical names. */
  chords: string[]
  /** Tags of both. */
  tags: string[]
  sameKey: boolean
  sameGenre: boolean
}

const similarSong: Reader<SimilarSong> = row({
  id,
  title: text(),
  artist: nullable(text()),
  score: number,
  chords: list(text()),
  tags: list(text()),
  sameKey: flag,
  sameGenre: flag,
})

/**
 * Songs that one may see and that are like one of them, the most alike first: by the chords that both have, tags, genre
 * and key. In a large catalogue a sample is compared, the same each time.
 *
 * @param options.limit - How many at most, 1 to 50; 10 unless told.
 * @throws `song_not_found` when one may not see the song, `invalid_input`.
 * @example
 * ```ts
 * for (const { title, chords } of await tertulia.songs.similar(song.id)) console.log(title, chords.join(' '))
 * ```
 */
export const similarSongs: Operation<[songId: string], SimilarSong[], { limit?: number } & CallOptions> =
  operation('songs.similar', 'similar_songs', { songId: id }, list(similarSong), {
    limit: withDefault(integer(1, 50), 10),
  })
