import { useEffect } from 'react'
import type { Period, SongAnalytics } from '../analytics/index.ts'
import type { Message } from '../chat/index.ts'
import type { Profile, ProfileFilters, ProfilePage, ProfileSort } from '../profiles/index.ts'
import { useDomain } from './provider.ts'
import { type Answer, useAnswer } from './use-answer.ts'
import { type Pages, usePages } from './use-pages.ts'
import { type TypedSearchOptions, typingDelay } from './use-songs.ts'
import { useUser } from './use-user.ts'

/**
 * Reads a user's whole profile.
 *
 * @param userId - The user's id; null to read none.
 * @param options - `initial`: what a server rendered.
 * @returns The profile; `error` is `profile_not_found`, `not_signed_in` or `invalid_input`.
 * @example
 * ```tsx
 * const { data: profile } = useProfile(userId)
 * const name = <h1>{profile?.displayName}</h1>
 * ```
 */
export function useProfile(
  userId: string | null,
  options?: {
    /** The profile that a server rendered. The hook shows it until the first answer. */
    initial?: Profile | undefined
  },
): Answer<Profile> {
  const profiles = useDomain('profiles')
  return useAnswer(profiles, userId, (signal) => profiles.get(userId ?? '', { signal }), options)
}

/**
 * Reads the profile of the signed-in user. It is null while no user is signed in. Call `reload` after you have changed the profile.
 *
 * @example
 * ```tsx
 * const { data: me } = useMe()
 * const greeting = me && <p>Hello {me.displayName}</p>
 * ```
 */
export function useMe(): Answer<Profile | null> {
  const profiles = useDomain('profiles')
  const user = useUser(profiles)
  return useAnswer<Profile | null>(profiles, user === null ? null : 'me', (signal) =>
    profiles.get(undefined, { signal }).catch((error) => {
      if (error.code === 'not_signed_in') return null
      throw error
    }),
  )
}

/**
 * Searches the directory as a user types, as `useSongSearch` does for songs.
 *
 * @param query - What the user has typed; `''` finds every profile that passes the filters, null searches nothing.
 * @param options - `filters`, `sort`, `limit`, `delay` and `initial`.
 * @returns Pages; `first.counts` has the total and the facets.
 * @example
 * ```tsx
 * const { items, first } = usePeopleSearch(query, { filters: { countries: ['CL'] } })
 * const total = <p>{first?.counts?.total}</p>
 * ```
 */
export function usePeopleSearch(
  query: string | null,
  options: TypedSearchOptions<ProfileFilters, ProfilePage> & {
    /** Default `relevance`. */
    sort?: ProfileSort | undefined
  } = {},
): Pages<Profile, ProfilePage> {
  const profiles = useDomain('profiles')
  const { filters, sort, limit, delay = typingDelay, initial } = options
  const key = query === null ? null : JSON.stringify([query, filters, sort, limit])
  return usePages<Profile, ProfilePage>(
    profiles,
    key,
    (cursor, signal) => profiles.search(query ?? '', { filters, sort, limit, cursor, signal }),
    { delay, initial, keep: true },
  )
}

/**
 * Searches your messages as a user types, newest first.
 *
 * @param query - What the user has typed; null searches nothing.
 * @param options - `filters`: only messages of one conversation. `limit`, `delay`.
 * @example
 * ```tsx
 * const { items } = useMessageSearch(query, { filters: { conversationId } })
 * ```
 */
export function useMessageSearch(
  query: string | null,
  options: TypedSearchOptions<{ conversationId?: string | undefined }, never> = {},
): Pages<Message> {
  const chat = useDomain('chat')
  const { filters, limit, delay = typingDelay } = options
  const key = query === null ? null : JSON.stringify([query, filters, limit])
  return usePages(
    chat,
    key,
    (cursor, signal) => chat.searchMessages(query ?? '', { filters, limit, cursor, signal }),
    { delay, keep: true },
  )
}

/** Seconds for which a URL works. It is renewed a minute before. */
const urlSeconds = 600
/** After a failure it is asked for again. */
const retryMs = 5_000

/**
 * Returns a URL of an attachment, and another one before it ends.
 *
 * @param path - The attachment's path; null for none.
 * @returns The URL; `error` is `attachment_not_found` when you may not read the file.
 * @example
 * ```tsx
 * const { data: url } = useAttachmentUrl(attachment.path)
 * const picture = url && <img src={url} alt={attachment.name} />
 * ```
 */
export function useAttachmentUrl(path: string | null): Answer<string> {
  const chat = useDomain('chat')
  const answer = useAnswer(chat, path, (signal) =>
    chat.attachmentUrl(path ?? '', { expiresIn: urlSeconds, signal }),
  )
  const { data, error, reload } = answer
  useEffect(() => {
    if (data === null && !error?.retryable) return
    const timer = setTimeout(reload, error ? retryMs : (urlSeconds - 60) * 1000)
    return () => clearTimeout(timer)
  }, [data, error, reload])
  return answer
}

/**
 * Reads the counters of a song and, for those who may edit it, how it was used in a period.
 *
 * @param songId - The song's id; null to read none.
 * @param period - By default the last 30 days in UTC.
 * @returns The figures; `error` is `song_not_found` or `invalid_input`.
 * @example
 * ```tsx
 * const { data: stats } = useStats(songId, { timeZone: 'America/Santiago' })
 * const views = <p>{stats?.viewCount}</p>
 * ```
 */
export function useStats(songId: string | null, period?: Period): Answer<SongAnalytics> {
  const analytics = useDomain('analytics')
  const key = songId === null ? null : JSON.stringify([songId, period])
  return useAnswer(analytics, key, (signal) => analytics.song(songId ?? '', { ...period, signal }))
}
