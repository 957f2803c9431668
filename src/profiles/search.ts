import { call } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import { type Page, type PageOptions, paged, pageOptions, readCursor, writeCursor } from '../core/page.ts'
import { calledWith, id, parseInput } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
import {
  flag,
  integer,
  list,
  nullable,
  number,
  object,
  oneOf,
  optional,
  row,
  text,
  toColumns,
  tuple,
  withDefault,
} from '../core/shape.ts'
import { type Profile, profileOf, type RateTier, type RateUnit } from './schema.ts'

const operation = 'profiles.search'

/** How results are ordered. `rate` is the cheapest first and needs a filter by rate. */
export type ProfileSort = 'relevance' | 'newest' | 'experience' | 'rate'

/** What fits. Filters add up; the names in one list are alternatives, but for `allSoftware` and `allTags`. */
export interface ProfileFilters {
  /** ISO 3166-1 alpha-2. */
  countries?: string[]
  /** Professional types, whatever their case and accents. */
  types?: string[]
  anySoftware?: string[]
  allSoftware?: string[]
  anyTags?: string[]
  allTags?: string[]
  /** BCP 47; `pt` finds `pt-BR` too. */
  languages?: string[]
  /** Amounts in the currency's minor unit, both ends included. */
  rate?: { tier: RateTier; currency: string; unit?: RateUnit; min?: number; max?: number }
  /** Years. */
  minExperience?: number
  /** Years; whoever does not say is left out. */
  maxExperience?: number
}

/** How to search. */
export interface SearchProfilesOptions extends PageOptions {
  filters?: ProfileFilters
  /** `relevance` unless told. */
  sort?: ProfileSort
}

/** How many of what was found have a value. */
export interface FacetCount {
  value: string
  count: number
}

/** How what was found is spread: at most 20 values each, the most frequent first. */
export interface ProfileFacets {
  countries: FacetCount[]
  types: FacetCount[]
  software: FacetCount[]
  tags: FacetCount[]
  languages: FacetCount[]
}

/** A page of the directory. */
export interface ProfilePage extends Page<Profile> {
  /** Whether words that look like the query's were searched too, for there was hardly anything with its own. */
  similar: boolean
  /** Only on the first page. */
  counts: {
    /** How many profiles fit. */
    total: number
    facets: ProfileFacets
    /** False where more than 2,000 fit: total and facets are then estimates from one profile in 8 or 128. */
    exact: boolean
  } | null
}

const names = optional(list(text()))
const searchInput = calledWith(
  { query: text() },
  {
    ...pageOptions,
    sort: withDefault(oneOf<ProfileSort>('relevance', 'newest', 'experience', 'rate'), 'relevance'),
    filters: withDefault(
      object({
        countries: names,
        types: names,
        anySoftware: names,
        allSoftware: names,
        anyTags: names,
        allTags: names,
        languages: names,
        rate: optional(
          object({
            tier: oneOf<RateTier>('basic', 'standard', 'premium'),
            currency: text(),
            unit: optional(text()),
            min: optional(integer()),
            max: optional(integer()),
          }),
        ),
        minExperience: optional(integer(0, 80)),
        maxExperience: optional(integer(0, 80)),
      }),
      {},
    ),
  },
)

const place = row({ key: number, id, walk: flag, forms: nullable(list(list(text()))) })
const facet = withDefault(list(row({ value: text(), count: integer() })), [])
const facets = row(
  { countries: facet, types: facet, software: facet, tags: facet, languages: facet },
  { countries: 'country', types: 'type', tags: 'tag', languages: 'language' },
)

/**
 * The directory: people whose name, bio, professional types, software or tags have every word of the query, the last of
 * which may be unfinished, and who fit the filters. Blind to case and accents; where hardly anything has the words, those
 * that look like them count too. An empty query finds everybody who fits. Deleted people are not found.
 *
 * The first page brings how many fit and how they are spread. Where more than 2,000 fit, words tell little: those come first
 * who say most about themselves, and a page may hold fewer than asked for, or none, and yet have a cursor. A page that follows
 * neither repeats nor skips anybody who has not changed meanwhile.
 *
 * @param query - At most 200 characters.
 * @throws `invalid_input` with the field at fault, `invalid_cursor`, also for the cursor of another search, `not_signed_in`.
 * @example
 * ```ts
 * const { items, counts } = await tertulia.profiles.search('color documental', {
 *   filters: { countries: ['CL', 'AR'], rate: { tier: 'basic', currency: 'USD', max: 5000 } },
 *   sort: 'rate',
 * })
 * ```
 */
export function searchProfiles(
  context: Context,
  query: string,
  options?: SearchProfilesOptions & CallOptions,
): Promise<ProfilePage> & AsyncIterable<Profile> {
  return paged(async (next): Promise<ProfilePage> => {
    const input = parseInput(operation, searchInput, [query, options])
    const filters = toColumns(input.filters)
    const search = JSON.stringify([operation, input.query, input.sort, filters])
    const after = readCursor(operation, search, tuple(place), next ?? input.cursor)
    const answer = row({
      profiles: list(profileOf(context)),
      similar: flag,
      next: nullable(place),
      total: optional(integer()),
      exact: optional(flag),
      facets: optional(facets),
    })
    const request = {
      query: input.query,
      filters,
      sort: input.sort,
      limit: input.limit,
      after: after?.[0],
    }
    const found = await call(context, operation, options, 'search_profiles', request, answer)
    const { profiles, similar, total, exact = false } = found
    return {
      items: profiles,
      nextCursor: found.next && writeCursor(search, found.next),
      similar,
      counts: found.facets && total !== undefined ? { total, exact, facets: found.facets } : null,
    }
  })
}
