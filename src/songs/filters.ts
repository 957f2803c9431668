import { integer, list, nullable, object, optional, type Reader, text, tuple } from '../core/shape.ts'
import type { Json } from '../database.types.ts'

/** From and to, both included; null leaves an end open. */
export type Span = readonly [least: number | null, most: number | null]

/** What the songs of a search have in common: all that is given, any of the values in a list. */
export interface SongFilters {
  /** Whole names of artists, blind to case, accents and signs: `violeta parra`. A song has every artist that its text names. */
  artist?: string[]
  /** Blind to case, accents and signs, as all lists of names here. */
  genre?: string[]
  style?: string[]
  /** Letter, accidental, `m` for minor. `C#` and `Db` are the same key. */
  key?: string[]
  /** BCP 47 in any case; `pt` has `pt-BR` in it. */
  language?: string[]
  /** `manual`, `import`, `api` or a word of the app's own. */
  source?: string[]
  /** 1 (easy) to 5. */
  difficulty?: Span
  year?: Span
  /** Beats a minute. */
  tempo?: Span
  /** In seconds. */
  duration?: Span
  /** The song has one of these tags, in any case and with or without accents. */
  anyTags?: string[]
  /** The song has all of these tags. */
  allTags?: string[]
  /** Every one of these is in the song, in any spelling. */
  chords?: string[]
  /** The chords that the user can play, in any spelling: no song has another one, or one that cannot be read. */
  playable?: string[]
  /** With `playable`: how many other chords a song may have all the same; none unless told. */
  missing?: number
}

// Types alone: the database says how many values and which numbers.
const values = optional(list(text()))
const bound = nullable(integer())
const span: Reader<Span | undefined> = optional(tuple(bound, bound))

export const filterFields = {
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
}
const filterInput = object(filterFields)

/** The filters among options, as the database reads them and with the keys always in the same order. */
export function toFilters(options: object): { [name: string]: Json } {
  const chosen = Object.entries(options).filter(([name]) => Object.hasOwn(filterFields, name))
  const { anyTags, allTags, ...others } = filterInput(Object.fromEntries(chosen), '')
  const named: object = { ...others, any_tags: anyTags, all_tags: allTags }
  return named as { [name: string]: Json }
}
