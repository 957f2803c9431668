import { type Operation, operation } from '../core/call.ts'
import type { CallOptions } from '../core/run.ts'
import { integer, list, optional, type Reader, row, text, withDefault } from '../core/shape.ts'

/** A program that people work with. */
export interface SoftwareSuggestion {
  name: string
  /** How many profiles name it. */
  count: number
}

/** A tag that people use. */
export interface TagSuggestion extends SoftwareSuggestion {
  /** `technology`, `specialty`, `profession`, `other` or a word of the app's own. */
  kind: string
}

/** How to ask for suggestions. */
export interface SuggestOptions extends CallOptions {
  /** How many at most, 1 to 50; 10 unless told. */
  limit?: number
}

/** How to ask for tags. */
export interface SuggestTagsOptions extends SuggestOptions {
  /** Only of this kind: `profession` for professional types. */
  kind?: string
}

const query = text()
const limit = withDefault(integer(1, 50), 10)
const software: Reader<SoftwareSuggestion[]> = list(row({ name: text(), count: integer() }))
const tags: Reader<TagSuggestion[]> = list(
  row({ name: text(), kind: (kind, path) => text()(kind ?? 'other', path), count: integer() }),
)

/**
 * Programs while somebody types: those whose name, or a word of it, begins like this, the most used first; those that look
 * like it when none does. Blind to case and accents.
 *
 * @param query - At most 80 characters.
 * @throws `invalid_input`, `not_signed_in`.
 * @example
 * ```ts
 * const [first] = await tertulia.profiles.suggestSoftware('prem')
 * ```
 */
export const suggestSoftware: Operation<[query: string], SoftwareSuggestion[], SuggestOptions> = operation(
  'profiles.suggestSoftware',
  'suggest_software',
  { query },
  software,
  { limit },
)

/**
 * Tags while somebody types, of one kind or of any: those whose name, or a word of it, begins like this, the most used
 * first; those that look like it when none does. Blind to case and accents.
 *
 * @param query - At most 80 characters.
 * @throws `invalid_input`, `not_signed_in`.
 * @example
 * ```ts
 * const types = await tertulia.profiles.suggestTags('vide', { kind: 'profession' })
 * ```
 */
export const suggestTags: Operation<[query: string], TagSuggestion[], SuggestTagsOptions> = operation(
  'profiles.suggestTags',
  'suggest_tags',
  { query },
  tags,
  { limit, kind: optional(text()) },
)
