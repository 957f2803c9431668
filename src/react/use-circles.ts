import type { WatchedCircle, WatchedCircleSnapshot } from '../sharing/circles/index.ts'
import type { WatchedComments, WatchedCommentsSnapshot } from '../songs/comments/index.ts'
import { useDomain } from './provider.ts'
import { type Live, useLive } from './use-live.ts'

/**
 * Watches a circle while the component is mounted: its name, its picture and its members with their roles. The provider needs `circles`
 * beside the client: `{ ...tertulia, circles }`.
 *
 * @param circleId - The circle's id; null to watch none.
 * @returns The snapshot, the handle and `error`: `circle_not_found` when you are no member, `not_signed_in`, `invalid_input`.
 * @example
 * ```tsx
 * const { snapshot } = useCircle(circle.id)
 * const members = snapshot?.circle?.members.map(({ id, displayName, role }) => <li key={id}>{displayName} {role}</li>)
 * ```
 */
export function useCircle(circleId: string | null): Live<WatchedCircleSnapshot, WatchedCircle> {
  const circles = useDomain('circles')
  return useLive(circles, circleId, (id) => circles.watch(id))
}

/**
 * Watches the comments of a song while the component is mounted, the oldest first. The provider needs `comments` beside the client:
 * `{ ...tertulia, comments }`.
 *
 * @param songId - The song's id; null to watch none.
 * @returns The snapshot, the handle and `error`: `song_not_found` when you do not see the song, `not_signed_in`, `invalid_input`.
 * @example
 * ```tsx
 * const { snapshot } = useComments(songId)
 * const list = snapshot?.comments.map(({ id, author, content }) => <p key={id}>{author?.displayName}: {content}</p>)
 * ```
 */
export function useComments(songId: string | null): Live<WatchedCommentsSnapshot, WatchedComments> {
  const comments = useDomain('comments')
  return useLive(comments, songId, (id) => comments.watch(id))
}
