import { type Operation, operation } from '../../core/call.ts'
import { id } from '../../core/parse.ts'
import type { CallOptions } from '../../core/run.ts'
import {
  integer,
  list,
  nullable,
  number,
  oneOf,
  type Reader,
  row,
  text,
  withDefault,
} from '../../core/shape.ts'

/** A recommended song, and why. */
export interface Recommendation {
  id: string
  title: string
  artist: string | null
  /** `favorite`: like the favourite in `because`. `popular`: a favourite of several users. `new`: created lately. */
  reason: 'favorite' | 'popular' | 'new'
  /** The favourite that it is most like; null for other reasons. */
  because: { id: string; title: string } | null
  /** Higher is better, among songs with the same reason. */
  score: number
}

const recommendationRow = row({
  id,
  title: text(),
  artist: nullable(text()),
  reason: oneOf('favorite', 'popular', 'new'),
  becauseId: nullable(id),
  becauseTitle: nullable(text()),
  score: number,
})
const recommendation: Reader<Recommendation> = (value, path) => {
  const { becauseId, becauseTitle: title, ...song } = recommendationRow(value, path)
  return { ...song, because: becauseId !== null && title !== null ? { id: becauseId, title } : null }
}

export const recommendSongs: Operation<[], Recommendation[], { limit?: number | undefined } & CallOptions> =
  operation('songs.recommend', 'recommend_songs', {}, list(recommendation), {
    limit: withDefault(integer(1, 50), 10),
  })
