import { call } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import { parseInput } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
import { integer, list, nullable, object, optional, text, withDefault } from '../core/shape.ts'

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

const suggestInput = object({
  query: text({ max: 160 }),
  limit: withDefault(integer(1, 50), 10),
  kind: optional(text()),
})
const suggestionRows = list(object({ name: text(), kind: nullable(text()), count: integer() }))

function suggest(
  context: Context,
  operation: string,
  query: string,
  options: SuggestTagsOptions | undefined,
  name: 'suggest_software' | 'suggest_tags',
) {
  const { limit: pageSize, ...input } = parseInput(operation, suggestInput, { ...options, query })
  return call(context, operation, options, name, { ...input, pageSize }, suggestionRows)
}

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
export async function suggestSoftware(
  context: Context,
  query: string,
  options?: SuggestOptions,
): Promise<SoftwareSuggestion[]> {
  const found = await suggest(context, 'profiles.suggestSoftware', query, options, 'suggest_software')
  return found.map(({ name, count }) => ({ name, count }))
}

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
export async function suggestTags(
  context: Context,
  query: string,
  options?: SuggestTagsOptions,
): Promise<TagSuggestion[]> {
  const found = await suggest(context, 'profiles.suggestTags', query, options, 'suggest_tags')
  return found.map(({ name, kind, count }) => ({ name, kind: kind ?? 'other', count }))
}
