import type { CallOptions } from '../../core/run.ts'
import type { ShareTarget, SongLink } from '../schema.ts'
import type { NewLink, NewSongLink, OpenedLink } from './links.ts'

/** Calls about links that give a role in a song or setlist. */
export interface LinkCalls {
  /**
   * Creates a link to a song or setlist. Each signed-in user who opens it has its role while the target is `shared` or `public`, until you revoke the
   * link or that user's share. A target has at most 50 open links.
   *
   * @param target - The song's id, or `{ setlistId }`. You must be its owner or an admin.
   * @param wanted - `role` is `view` by default. `maxUses` and `expiresAt` limit the link; it has no limits by default.
   * @returns The link with its token, which you cannot read again. Put it after the `#` of a URL, so that servers do not log it.
   * @throws `song_not_found` or `setlist_not_found` without a role in it; `forbidden` for editors and viewers; `invalid_input`, also for the 51st open
   * link; `rate_limited` after 60 shares, links and transfers in an hour; `not_signed_in`.
   * @example
   * ```ts
   * const { token } = await tertulia.sharing.createLink(song.id, { role: 'view', maxUses: 10 })
   * const address = `https://example.com/songs#${token}`
   * ```
   */
  createLink(target: ShareTarget, wanted?: NewLink, options?: CallOptions): Promise<NewSongLink>
  /**
   * Opens a link and takes the role that it gives. Opening it again does nothing.
   *
   * @param token - The token of `createLink`.
   * @returns `songId` or `setlistId`, and your role, which may be higher than the link's.
   * @throws `link_not_found` for every link that does not open, whether it is unknown, revoked, expired, used up or of a private target;
   * `rate_limited` after 20 attempts in ten minutes; `not_signed_in`.
   * @example
   * ```ts
   * const { songId } = await tertulia.sharing.openLink(location.hash.slice(1))
   * const opened = songId && (await tertulia.songs.get(songId))
   * ```
   */
  openLink(token: string, options?: CallOptions): Promise<OpenedLink>
  /**
   * Lists the latest 200 links of a song or setlist, closed ones too, without their tokens. For its owner and admins.
   *
   * @param target - The song's id, or `{ setlistId }`.
   * @throws `song_not_found` or `setlist_not_found` without a role in it, `forbidden` for editors and viewers, `invalid_input`, `not_signed_in`.
   * @example
   * ```ts
   * const open = (await tertulia.sharing.listLinks(song.id)).filter(({ state }) => state === 'open')
   * ```
   */
  listLinks(target: ShareTarget, options?: CallOptions): Promise<SongLink[]>
  /**
   * Revokes a link and every role that it gave. Revoking again does nothing.
   *
   * @param linkId - The link's id, from `listLinks`.
   * @throws `link_not_found`; `song_not_found` or `setlist_not_found` without a role in it; `forbidden` for editors and viewers; `invalid_input`;
   * `not_signed_in`.
   * @example
   * ```ts
   * await tertulia.sharing.revokeLink(link.id)
   * ```
   */
  revokeLink(linkId: string, options?: CallOptions): Promise<void>
}
