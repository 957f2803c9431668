import { useEffect, useRef, useState } from 'react'
import type { TertuliaError } from '../core/error.ts'
import type { Page } from '../core/page.ts'
import type { UserChanges } from '../live/types.ts'
import { type AnswerOptions, useAnswer } from './use-answer.ts'

/** The result of a hook of a list. */
export interface Pages<T, P extends Page<T> = Page<T>> {
  /** The items of all pages that are loaded. */
  items: readonly T[]
  /** The first page, with what it has beside items; null before it is there. */
  first: P | null
  /** Whether `loadMore` has something to load. */
  hasMore: boolean
  /** Whether a page is loading. While the first one is, `items` may be those of the arguments before. */
  loading: boolean
  /** Why the newest request failed; null otherwise. */
  error: TertuliaError | null
  /**
   * Loads the next page and appends it. Does nothing while a page is loading and at the end.
   *
   * @example
   * ```tsx
   * const { hasMore, loadMore } = useFavorites()
   * const button = hasMore && <button onClick={loadMore}>More</button>
   * ```
   */
  loadMore(): void
  /**
   * Loads the first page again.
   *
   * @example
   * ```tsx
   * const { error, reload } = useFavorites()
   * const button = error && <button onClick={reload}>{error.message}</button>
   * ```
   */
  reload(): void
}

interface Rest<T> {
  of: unknown
  items: readonly T[]
  nextCursor: string | null
  loading: boolean
  error: TertuliaError | null
}

/**
 * Lists pages: the first one when the component mounts, when `key` changes and when another user signs in, the others on `loadMore`. Build
 * your own hooks with it.
 *
 * @param domain - The domain that is asked, such as `tertulia.songs`: it says who is signed in.
 * @param key - Names what is listed; null to list nothing.
 * @param list - Requests the page at a cursor. `signal` aborts when nobody wants the answer.
 * @param options - `initial`, `delay` and `keep`, for the first page.
 * @example
 * ```tsx
 * const { songs } = useTertulia()
 * const { items, loadMore } = usePages(songs, 'trash', (cursor, signal) => songs.listTrash({ cursor, signal }))
 * ```
 */
export function usePages<T, P extends Page<T>>(
  domain: UserChanges,
  key: string | null,
  list: (cursor: string | null, signal: AbortSignal) => PromiseLike<P & Page<T>>,
  options?: AnswerOptions<P & Page<T>>,
): Pages<T, P> {
  const answer = useAnswer(domain, key, async (signal) => list(null, signal), options)
  const first = answer.data
  const [more, setMore] = useState<Rest<T>>()
  const following = useRef<AbortController | null>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another first page ends what continues the one before
  useEffect(
    () => () => {
      following.current?.abort()
      following.current = null
    },
    [first],
  )

  const rest = more && more.of === first ? more : undefined
  const nextCursor = rest ? rest.nextCursor : (first?.nextCursor ?? null)
  const items = rest ? [...(first?.items ?? []), ...rest.items] : (first?.items ?? [])

  function loadMore(): void {
    if (!first || nextCursor === null || following.current || answer.loading) return
    const mine = new AbortController()
    const { signal } = mine
    following.current = mine
    const before: Rest<T> = { of: first, items: rest?.items ?? [], nextCursor, loading: true, error: null }
    const settle = (after: Partial<Rest<T>>) => {
      if (signal.aborted) return
      following.current = null
      setMore({ ...before, loading: false, ...after })
    }
    setMore(before)
    list(nextCursor, signal).then(
      (page) => settle({ items: [...before.items, ...page.items], nextCursor: page.nextCursor }),
      (error) => settle({ error }),
    )
  }

  return {
    items,
    first,
    hasMore: nextCursor !== null,
    loading: answer.loading || rest?.loading === true,
    error: answer.error ?? rest?.error ?? null,
    loadMore,
    reload: answer.reload,
  }
}
