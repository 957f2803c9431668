import type { NoticesSnapshot, Share, WatchedNotices } from '../sharing/index.ts'
import type {
  SongFilters,
  SongHit,
  SongSearchPage,
  SongSort,
  SongSummary,
  WatchedSong,
  WatchedSongSnapshot,
} from '../songs/index.ts'
import type { WatchedSetlist, WatchedSetlistSnapshot } from '../songs/setlists/index.ts'
import { useDomain } from './provider.ts'
import { type Live, useLive } from './use-live.ts'
import { type Pages, usePages } from './use-pages.ts'

/** How a search that follows what a user types asks. */
export interface TypedSearchOptions<Filters, P> {
  /** Filters, all of which a result must pass. */
  filters?: Filters | undefined
  /** How many items a page has at most: 1 to 200, default 50. */
  limit?: number | undefined
  /** Milliseconds without a change before it asks; 150 by default. */
  delay?: number | undefined
  /** The page that a server rendered. The hook shows it until the first answer. */
  initial?: P | undefined
}

/** Milliseconds in which most people type the next letter. */
export const typingDelay = 150

/**
 * Searches songs as a user types: it asks when the query rests, cancels what is no longer wanted, and never shows an answer that an older
 * query gave after a newer one. `items` are those of the query before while the next answer loads.
 *
 * @param query - What the user has typed; `''` lists what passes the filters, null searches nothing.
 * @param options - `filters`, `sort`, `limit`, `delay` and `initial`.
 * @returns Pages; `first.didYouMean` has the corrected query.
 * @example
 * ```tsx
 * import { useState } from 'react'
 *
 * function Search() {
 *   const [query, setQuery] = useState('')
 *   const { items, first } = useSongSearch(query)
 *   return (
 *     <>
 *       <input value={query} onChange={(event) => setQuery(event.target.value)} />
 *       {first?.didYouMean && <p>Did you mean {first.didYouMean}?</p>}
 *       {items.map((song) => <p key={song.id}>{song.title}</p>)}
 *     </>
 *   )
 * }
 * ```
 */
export function useSongSearch(
  query: string | null,
  options: TypedSearchOptions<SongFilters, SongSearchPage> & {
    /** The order of the songs. Without it, the songs that match best come first. */
    sort?: SongSort | undefined
  } = {},
): Pages<SongHit, SongSearchPage> {
  const songs = useDomain('songs')
  const { filters, sort, limit, delay = typingDelay, initial } = options
  const key = query === null ? null : JSON.stringify([query, filters, sort, limit])
  return usePages<SongHit, SongSearchPage>(
    songs,
    key,
    (cursor, signal) => songs.search(query ?? '', { filters, sort, limit, cursor, signal }),
    { delay, initial, keep: true },
  )
}

/**
 * Watches a song while the component is mounted: its newest version, your role and who else has it open.
 *
 * @param songId - The song's id; null to watch none.
 * @returns The snapshot, the handle and `error`: `song_not_found` when you may not see it, `not_signed_in`, `invalid_input`.
 * @example
 * ```tsx
 * const { snapshot } = useSong(songId)
 * const title = <h1>{snapshot?.song?.title}</h1>
 * ```
 */
export function useSong(songId: string | null): Live<WatchedSongSnapshot, WatchedSong> {
  const songs = useDomain('songs')
  return useLive(songs, songId, (id) => songs.watch(id))
}

/**
 * Watches a setlist while the component is mounted: its entries in their order, your role and who else has it open. The provider needs
 * `setlists` beside the client: `{ ...tertulia, setlists }`.
 *
 * @param setlistId - The setlist's id; null to watch none.
 * @returns The snapshot, the handle and `error`: `setlist_not_found` without a role in it, `not_signed_in`, `invalid_input`.
 * @example
 * ```tsx
 * const { snapshot } = useSetlist(setlist.id)
 * const songs = snapshot?.setlist?.entries.map(({ id, title, key }) => <li key={id}>{title} {key}</li>)
 * ```
 */
export function useSetlist(setlistId: string | null): Live<WatchedSetlistSnapshot, WatchedSetlist> {
  const setlists = useDomain('setlists')
  return useLive(setlists, setlistId, (id) => setlists.watch(id))
}

/**
 * Lists your favourites, the latest first.
 *
 * @param options - `limit` per page: 1 to 200, default 50.
 * @example
 * ```tsx
 * const { items, hasMore, loadMore } = useFavorites()
 * ```
 */
export function useFavorites(options?: {
  /** How many songs a page has at most: 1 to 200, default 50. */
  limit?: number | undefined
}): Pages<SongSummary> {
  const songs = useDomain('songs')
  const limit = options?.limit
  return usePages(songs, `favorites ${limit}`, (cursor, signal) =>
    songs.listFavorites({ limit, cursor, signal }),
  )
}

/**
 * Lists the shares of a song that you own or administer, those that ended too.
 *
 * @param songId - The song's id; null to list none.
 * @returns Pages; `error` is `song_not_found` or `forbidden`.
 * @example
 * ```tsx
 * const { items } = useShares(songId)
 * const names = items.map(({ id, sharedWith, email, role }) => <p key={id}>{sharedWith?.displayName ?? email} {role}</p>)
 * ```
 */
export function useShares(songId: string | null): Pages<Share> {
  const sharing = useDomain('sharing')
  return usePages(sharing, songId, (cursor, signal) => sharing.listShares(songId ?? '', { cursor, signal }))
}

/**
 * Holds your newest notices live while the component is mounted.
 *
 * @example
 * ```tsx
 * const { snapshot, handle } = useNotices()
 * const button = <button onClick={() => handle?.markRead()}>{snapshot?.unread} new</button>
 * ```
 */
export function useNotices(): Live<NoticesSnapshot, WatchedNotices> {
  const sharing = useDomain('sharing')
  return useLive(sharing, 'notices', () => sharing.watchNotices())
}
