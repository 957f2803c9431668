import { type Operation, operation } from '../../core/call.ts'
import { id } from '../../core/parse.ts'
import type { CallOptions } from '../../core/run.ts'
import {
  flag,
  integer,
  list,
  nullable,
  number,
  type Reader,
  row,
  text,
  withDefault,
} from '../../core/shape.ts'

/** A song like another one, and what they share. */
export interface SimilarSong {
  id: string
  title: string
  artist: string | null
  /** How similar the songs are, 0 to 2.75; a higher score is more similar. */
  score: number
  /** Chords of both, by their canonical names. */
  chords: string[]
  /** Tags of both. */
  tags: string[]
  /** Whether both are in the same key. */
  sameKey: boolean
  /** Whether both have the same genre. */
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

export const similarSongs: Operation<
  [songId: string],
  SimilarSong[],
  { limit?: number | undefined } & CallOptions
> = operation('songs.similar', 'similar_songs', { songId: id }, list(similarSong), {
  limit: withDefault(integer(1, 50), 10),
})
