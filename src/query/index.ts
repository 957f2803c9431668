import type { Analytics } from '../analytics/index.ts'
import type { Chat } from '../chat/index.ts'
import type { TertuliaError } from '../core/error.ts'
import type { Profiles } from '../profiles/index.ts'
import type { Sharing } from '../sharing/index.ts'
import type { Songs } from '../songs/index.ts'
import { type ReadingMethods, readingMethods } from './methods.ts'

/** The options of one request, for `useQuery` and `queryOptions` of TanStack Query. */
export interface Query<T> {
  /** `['tertulia', domain, method, arguments]`: invalidate all of it, a domain, a method or one call. */
  queryKey: readonly unknown[]
  /** Makes the request. A cancelled query cancels it. */
  queryFn: (context: { signal: AbortSignal }) => Promise<T>
  /** Retries at most twice, and only what can pass by itself. */
  retry: (failures: number, error: Error) => boolean
}

/** The options of a list, for `useInfiniteQuery` and `infiniteQueryOptions` of TanStack Query. */
export interface PagedQuery<P> {
  /** `['tertulia', domain, method, arguments]`: invalidate all of it, a domain, a method or one call. */
  queryKey: readonly unknown[]
  /** Requests the page at a cursor. A cancelled query cancels it. */
  queryFn: (context: { signal: AbortSignal; pageParam: string | null }) => Promise<P>
  /** The first page has no cursor. */
  initialPageParam: string | null
  /** The cursor of the next page, or null at the end. */
  getNextPageParam: (page: P) => string | null
  /** Retries at most twice, and only what can pass by itself. */
  retry: (failures: number, error: Error) => boolean
}

/** The domains that a client has: all of them, or those that your app uses. */
export interface QueryDomains {
  /** From `createProfiles`. */
  profiles?: Profiles | undefined
  /** From `createChat`. */
  chat?: Chat | undefined
  /** From `createSongs`. */
  songs?: Songs | undefined
  /** From `createSharing`. */
  sharing?: Sharing | undefined
  /** From `createAnalytics`. */
  analytics?: Analytics | undefined
}

type Paging = Promise<{ nextCursor: string | null }> & AsyncIterable<unknown>
/** Options without `signal` and `cursor`, which are the query's own. */
type WithoutOwn<Argument> = Argument extends { signal?: AbortSignal | undefined }
  ? Omit<Argument, 'signal' | 'cursor'>
  : Argument
/** A method as a query: it takes the same arguments and makes no request by itself. */
type AsQuery<Method> = Method extends (...given: infer Given) => infer Answer
  ? (
      ...given: { [At in keyof Given]: WithoutOwn<Given[At]> }
    ) => Answer extends Paging ? PagedQuery<Awaited<Answer>> : Query<Awaited<Answer>>
  : never

/** For each domain of a client, its reading methods as queries. */
export type Queries<Domains extends QueryDomains> = {
  readonly [Name in keyof Domains & keyof ReadingMethods]: {
    readonly [Method in ReadingMethods[Name] & keyof Domains[Name]]: AsQuery<Domains[Name][Method]>
  }
}

type Call = (...given: unknown[]) => Promise<{ nextCursor: string | null }>

const retry = (failures: number, error: Error) => (error as TertuliaError).retryable === true && failures < 2

/** Options without `signal`, which is the query's own, and without a cursor. */
function toOptions(given: unknown): Record<string, unknown> {
  const { signal, cursor, ...options } = (given ?? {}) as Record<string, unknown>
  return options
}

function toQuery(call: Call, name: string[], arity: number, isPaged: boolean, given: unknown[]): unknown {
  const positional = Array.from({ length: arity }, (_, at) => given[at])
  const options = toOptions(given[arity])
  const request = (signal: AbortSignal, more?: object) => call(...positional, { ...options, ...more, signal })
  const queryKey = ['tertulia', ...name, ...positional.map((one) => one ?? null), options]
  if (!isPaged) return { queryKey, queryFn: ({ signal }: { signal: AbortSignal }) => request(signal), retry }
  return {
    queryKey,
    queryFn: ({ signal, pageParam }: { signal: AbortSignal; pageParam: string | null }) =>
      request(signal, { cursor: pageParam }),
    initialPageParam: null,
    getNextPageParam: ({ nextCursor }: { nextCursor: string | null }) => nextCursor,
    retry,
  }
}

/**
 * Turns every reading method of a client into options for TanStack Query 5: `queryKey`, `queryFn` with cancellation, and `retry`. A
 * method that lists pages gives the options of an infinite query. The arguments are those of the method, without `signal` and `cursor`.
 *
 * Keys do not name the user. Use a new `QueryClient` for each user, so that the next user sees nothing of theirs: in React, give the
 * component that creates it the user's id as `key`.
 *
 * @param tertulia - The client, or an object with the domains that your app uses, such as `{ songs }`.
 * @returns For each domain its reading methods: `queries.songs.search('luna')`.
 * @example
 * ```ts
 * import { QueryClient } from '@tanstack/query-core'
 * import { createQueries } from 'tertulia/query'
 *
 * const queries = createQueries(tertulia)
 * const queryClient = new QueryClient()
 * const song = await queryClient.fetchQuery(queries.songs.get(songId))
 * const { pages } = await queryClient.fetchInfiniteQuery(queries.songs.search('luna', { filters: { language: ['es'] } }))
 * await queryClient.invalidateQueries({ queryKey: ['tertulia', 'songs'] })
 * ```
 */
export function createQueries<Domains extends QueryDomains>(tertulia: Domains): Queries<Domains> {
  const domains: Record<string, Record<string, unknown>> = {}
  for (const [domain, methods] of Object.entries(readingMethods)) {
    const calls = tertulia[domain as keyof QueryDomains] as Record<string, Call> | undefined
    if (!calls) continue
    domains[domain] = {}
    for (const [method, [arity, kind]] of Object.entries(methods)) {
      const call: Call = (...given) => calls[method]!(...given)
      domains[domain][method] = (...given: unknown[]) =>
        toQuery(call, [domain, method], arity, kind === 'pages', given)
    }
  }
  return domains as Queries<Domains>
}
