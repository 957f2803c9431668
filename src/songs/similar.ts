import type { Context } from '../core/context.ts'
import { id, parseAnswer, parseInput } from '../core/parse.ts'
import { type CallOptions, run } from '../core/run.ts'
import {
  flag,
  integer,
  list,
  nullable,
  object,
  type Reader,
  ShapeError,
  text,
  withDefault,
} from '../core/shape.ts'

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

export const score: Reader<number> = (value, path) => {
  if (typeof value === 'number') return value
  throw new ShapeError(path, 'a number')
}

const similarRow = object({
  id,
  title: text(),
  artist: nullable(text()),
  score,
  chords: list(text()),
  tags: list(text()),
  same_key: flag,
  same_genre: flag,
})
const input = object({ songId: id, limit: withDefault(integer(1, 50), 10) })

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
export async function similarSongs(
  context: Context,
  songId: string,
  options: { limit?: number } & CallOptions = {},
): Promise<SimilarSong[]> {
  const operation = 'songs.similar'
  const { songId: target, limit } = parseInput(operation, input, { songId, limit: options.limit })
  return run(
    context,
    operation,
    options,
    (signal) =>
      context.supabase.rpc('similar_songs', { song_id: target, page_size: limit }).abortSignal(signal),
    (data) =>
      parseAnswer(operation, list(similarRow), data).map(
        ({ same_key: sameKey, same_genre: sameGenre, ...song }): SimilarSong => ({
          ...song,
          sameKey,
          sameGenre,
        }),
      ),
  )
}
