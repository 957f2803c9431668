import { call } from '../../core/call.ts'
import type { Context } from '../../core/context.ts'
import { type Facet, facet } from '../../core/facet.ts'
import { type Page, type PageOptions, paged, pageOptions, readCursor, writeCursor } from '../../core/page.ts'
import { calledWith, id, parseInput } from '../../core/parse.ts'
import type { CallOptions } from '../../core/run.ts'
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
} from '../../core/shape.ts'
import { type Profile, profileOf, type RateTier, type RateUnit } from '../schema.ts'

const operation = 'profiles.search'

/** The order of results. `rate` is the cheapest first and needs a filter by rate. */
export type ProfileSort = 'relevance' | 'newest' | 'experience' | 'rate'

/** Filters of the directory. A profile must pass all of them. Each list has 1 to 50 values of at most 80 characters. */
export interface ProfileFilters {
  /** ISO 3166-1 alpha-2. */
  countries?: string[] | undefined
  /** Professional types. Case and accents are ignored here and below. */
  types?: string[] | undefined
  /** The profile has at least one of them. */
  anySoftware?: string[] | undefined
  /** The profile has all of them. */
  allSoftware?: string[] | undefined
  /** The profile has at least one of them. */
  anyTags?: string[] | undefined
  /** The profile has all of them. */
  allTags?: string[] | undefined
  /** BCP 47; `pt` also finds `pt-BR`. */
  languages?: string[] | undefined
  /** A rate of one tier in one currency. */
  rate?:
    | {
        /** The tier to compare. */
        tier: RateTier
        /** ISO 4217, such as `USD`. */
        currency: string
        /** The unit of the rate; without it all units pass. */
        unit?: RateUnit | undefined
        /** The lowest amount, in the currency's minor unit. */
        min?: number | undefined
        /** The highest amount, in the currency's minor unit. */
        max?: number | undefined
      }
    | undefined
  /** Only users who take on work. Leave it out for all; `false` is refused. */
  openToWork?: true | undefined
  /** The day on which the users must be available, such as `2026-12-31`. */
  availableBy?: string | undefined
  /** The fewest years of experience, 0 to 80. */
  minExperience?: number | undefined
  /** The most years of experience, 0 to 80. Profiles without years are left out. */
  maxExperience?: number | undefined
}

/** How to search. */
export interface SearchProfilesOptions extends PageOptions {
  /** Filters, all of which a profile must pass. */
  filters?: ProfileFilters | undefined
  /** Default `relevance`. */
  sort?: ProfileSort | undefined
}

/** Counts by value, at most 20 values each, the most frequent first. */
export interface ProfileFacets {
  /** ISO 3166-1 alpha-2 codes. */
  countries: Facet[]
  /** Professional types. */
  types: Facet[]
  /** Names of software. */
  software: Facet[]
  /** Names of tags. */
  tags: Facet[]
  /** BCP 47 tags. */
  languages: Facet[]
  /** How many take on work, as the one value `true`; empty if none does. */
  openToWork: Facet[]
}

/** A page of the directory. */
export interface ProfilePage extends Page<Profile> {
  /** Whether profiles with similar words were added, because hardly any had the words of the query. */
  similar: boolean
  /** The query with its typos corrected, on a first page with profiles that were found so; else null. */
  didYouMean: string | null
  /** Counts over all pages, on the first page; null on later pages. */
  counts: {
    /** How many profiles match. */
    total: number
    /** Counts by value. */
    facets: ProfileFacets
    /** False when more than 2,000 profiles match: total and facets are then estimates. */
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
        openToWork: optional(oneOf(true)),
        availableBy: optional(text()),
        minExperience: optional(integer(0, 80)),
        maxExperience: optional(integer(0, 80)),
      }),
      {},
    ),
  },
)

const place = row({ key: number, id, walk: flag, forms: nullable(list(list(text()))) })
const counted = withDefault(facet, [])
const facets = row(
  {
    countries: counted,
    types: counted,
    software: counted,
    tags: counted,
    languages: counted,
    openToWork: counted,
  },
  { countries: 'country', types: 'type', tags: 'tag', languages: 'language' },
)

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
      didYouMean: optional(text()),
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
    const { profiles, similar, didYouMean = null, total, exact = false } = found
    return {
      items: profiles,
      nextCursor: found.next && writeCursor(search, found.next),
      similar,
      didYouMean,
      counts: found.facets && total !== undefined ? { total, exact, facets: found.facets } : null,
    }
  })
}
