import { nothing, type Operation, operation } from '../core/call.ts'
import { id } from '../core/parse.ts'
import { acceptedShare, role, type Share, type SongRole } from './schema.ts'

/**
 * Accepts a share that one was offered; accepting again changes nothing.
 *
 * @returns The share, now with the song's id.
 * @throws `share_not_found`, also when it has ended, has expired, or its sender may not give it any more; `invalid_input`;
 * `not_signed_in`.
 * @example
 * ```ts
 * const { songId } = await tertulia.sharing.accept(share.id)
 * ```
 */
export const acceptShare: Operation<[shareId: string], Share & { songId: string }> = operation(
  'sharing.accept',
  'accept_song_share',
  { shareId: id },
  acceptedShare,
)

/**
 * Declines a share that one was offered, or gives back one that one has.
 *
 * @throws `share_not_found`, `invalid_input`, `not_signed_in`.
 * @example
 * ```ts
 * await tertulia.sharing.decline(share.id)
 * ```
 */
export const declineShare: Operation<[shareId: string], void> = operation(
  'sharing.decline',
  'decline_song_share',
  { shareId: id },
  nothing,
)

/**
 * Ends a share of a role below one's own. From the next query on the person sees nothing, and from the next change on hears
 * nothing. The row stays as the trail; revoking again changes nothing.
 *
 * @returns The role that the person has all the same, by another share or a link; null if none. Always null for somebody who
 * was invited by address and has not accepted: who that is, is not told.
 * @throws `share_not_found`, `forbidden`, `invalid_input`, `not_signed_in`.
 * @example
 * ```ts
 * const remaining = await tertulia.sharing.revoke(share.id)
 * ```
 */
export const revokeShare: Operation<[shareId: string], SongRole | null> = operation(
  'sharing.revoke',
  'revoke_song_share',
  { shareId: id },
  role,
)

/**
 * One's own role in a song now, or null. That a song is public gives nobody a role.
 *
 * @throws `invalid_input`, `not_signed_in`.
 * @example
 * ```ts
 * const mayEdit = (await tertulia.sharing.getRole(song.id)) !== 'view'
 * ```
 */
export const getRole: Operation<[songId: string], SongRole | null> = operation(
  'sharing.getRole',
  'song_role',
  { songId: id },
  role,
)
