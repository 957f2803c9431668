import { type Operation, operation } from '../core/call.ts'
import { id } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
import { integer, list, nullable, number, oneOf, type Reader, row, text, withDefault } from '../core/shape.ts'

/** A song that somebody may like, and why. */
export interface Recommendation {
  id: string
  title: string
  artist: string | null
  /** `favorite`: it is like a favourite, which `because` names; `popular`: several people like it; `new`: it came in lately. */
  reason: 'favorite' | 'popular' | 'new'
  /** "Because you like …" */
  because: { id: string; title: string } | null
  /** More is better, among songs of the same reason. */
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

/**
 * Public songs of others that one may like and does not have as favourites, each once: first what is like one's latest five
 * favourites, then what several people like, then what is new. So somebody who is new gets songs too.
 *
 * @param options.limit - How many at most, 1 to 50; 10 unless told.
 * @throws `invalid_input`, `not_signed_in`.
 * @example
 * ```ts
 * for (const { title, because } of await tertulia.songs.recommend()) {
 *   console.log(because ? `${title}: because you like ${because.title}` : title)
 * }
 * ```
 */
export const recommendSongs: Operation<[], Recommendation[], { limit?: number } & CallOptions> = operation(
  'songs.recommend',
  'recommend_songs',
  {},
  list(recommendation),
  { limit: withDefault(integer(1, 50), 10) },
)
