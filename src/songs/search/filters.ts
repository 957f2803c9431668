import {
  integer,
  list,
  nullable,
  object,
  optional,
  type Reader,
  text,
  toColumns,
  tuple,
  withDefault,
} from '../../core/shape.ts'
import type { Json } from '../../database.types.ts'

/** Lowest and highest value, both included; null leaves an end open. */
export type Span = readonly [least: number | null, most: number | null]

/** Filters of a search. A song must pass all of them, with any of the values in a list. A list has 1 to 100 values. */
export interface SongFilters {
  /** Whole names of artists; case, accents and signs are ignored. A song has each artist that its text names. */
  artist?: string[] | undefined
  /** Case, accents and signs are ignored. */
  genre?: string[] | undefined
  /** Case, accents and signs are ignored. */
  style?: string[] | undefined
  /** Letter, accidental, `m` for minor. `C#` and `Db` are the same key. */
  key?: string[] | undefined
  /** BCP 47 in any case; `pt` includes `pt-BR`. */
  language?: string[] | undefined
  /** `manual`, `import`, `api` or your own word. */
  source?: string[] | undefined
  /** The difficulty, 1 (easy) to 5. */
  difficulty?: Span | undefined
  /** First and last year. */
  year?: Span | undefined
  /** The tempo in beats a minute. */
  tempo?: Span | undefined
  /** The duration in seconds. */
  duration?: Span | undefined
  /** The song has at least one of these tags. Case and accents are ignored. */
  anyTags?: string[] | undefined
  /** The song has all of these tags. Case and accents are ignored. */
  allTags?: string[] | undefined
  /** The song has all of these chords, in any spelling. */
  chords?: string[] | undefined
  /** The chords that the user can play. The song has no other chord, and none that cannot be read. */
  playable?: string[] | undefined
  /** With `playable`: how many other chords a song may have. 0 to 99, default 0. */
  missing?: number | undefined
}

// Types alone: the database says how many values and which numbers.
const values = optional(list(text()))
const bound = nullable(integer())
const span: Reader<Span | undefined> = optional(tuple(bound, bound))

const given = object({
  artist: values,
  genre: values,
  style: values,
  key: values,
  language: values,
  source: values,
  difficulty: span,
  year: span,
  tempo: span,
  duration: span,
  anyTags: values,
  allTags: values,
  chords: values,
  playable: values,
  missing: optional(integer()),
})

/** Filters, as the database reads them and with the keys always in the same order. */
export const songFilters: Reader<{ [name: string]: Json }> = withDefault(
  (value, path) => toColumns(given(value, path)) as { [name: string]: Json },
  {},
)
