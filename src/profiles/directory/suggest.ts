import { type Operation, operation } from '../../core/call.ts'
import type { CallOptions } from '../../core/run.ts'
import { integer, list, optional, type Reader, row, text, withDefault } from '../../core/shape.ts'

/** A name of software. */
export interface SoftwareSuggestion {
  name: string
  /** How many profiles have it. */
  count: number
}

/** A tag of profiles. */
export interface TagSuggestion extends SoftwareSuggestion {
  /** `technology`, `specialty`, `profession`, `other` or your own word. */
  kind: string
}

/** Options of suggestions. */
export interface SuggestOptions extends CallOptions {
  /** How many at most: 1 to 50, default 10. */
  limit?: number | undefined
}

/** Options of tag suggestions. */
export interface SuggestTagsOptions extends SuggestOptions {
  /** Only tags of this kind: `profession` for professional types. */
  kind?: string | undefined
}

const prefix = text()
const limit = withDefault(integer(1, 50), 10)
const software: Reader<SoftwareSuggestion[]> = list(row({ name: text(), count: integer() }))
const tags: Reader<TagSuggestion[]> = list(
  row({ name: text(), kind: (kind, path) => text()(kind ?? 'other', path), count: integer() }),
)

export const suggestSoftware: Operation<[prefix: string], SoftwareSuggestion[], SuggestOptions> = operation(
  'profiles.suggestSoftware',
  'suggest_software',
  { prefix },
  software,
  { limit },
)

export const suggestTags: Operation<[prefix: string], TagSuggestion[], SuggestTagsOptions> = operation(
  'profiles.suggestTags',
  'suggest_tags',
  { prefix },
  tags,
  { limit, kind: optional(text()) },
)
