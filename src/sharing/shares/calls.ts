import type { Paged, PageOptions } from '../../core/page.ts'
import type { CallOptions } from '../../core/run.ts'
import type { Share, ShareTarget, SongRole } from '../schema.ts'
import type { NewShare } from './share.ts'

/** Calls about roles in songs that are shared with users and e-mail addresses. */
export interface ShareCalls {
  /**
   * Offers a user or an e-mail address a role in a song or setlist. A setlist's share opens the setlist only; `withSongs` offers its songs too. The recipient has no access before accepting. Sharing again with the same
   * recipient changes role, expiry and message of the share in force. The answer for an address does not reveal whether it has an account.
   *
   * @param target - The song's id, or `{ setlistId }`. You must be its owner or an admin.
   * @param wanted - Either `userId` or `email`, and a role below yours: an admin gives `view` and `edit`, the owner also `admin`.
   * @returns The share, `pending` until the recipient accepts.
   * @throws `song_not_found` or `setlist_not_found` without a role in it; `forbidden` when you are not an admin, or the role is not below yours;
   * `invalid_input`, also when the recipient is you or the owner; `profile_not_found`; `blocked`; `rate_limited` after 60 shares, links
   * and transfers in an hour; `not_signed_in`.
   * @example
   * ```ts
   * await tertulia.sharing.share(song.id, { email: 'ben@example.com', role: 'edit', message: 'Second verse?' })
   * ```
   */
  share(target: ShareTarget, wanted: NewShare, options?: CallOptions): Promise<Share>
  /**
   * Accepts a share that was offered to you. Accepting again does nothing.
   *
   * @param shareId - The share's id, from `listReceived`.
   * @returns The share, now with `songId` or `setlistId`.
   * @throws `share_not_found`, also when the share ended or expired, or its sender may no longer give the role; `invalid_input`;
   * `not_signed_in`.
   * @example
   * ```ts
   * const { songId } = await tertulia.sharing.accept(share.id)
   * ```
   */
  accept(shareId: string, options?: CallOptions): Promise<Share>
  /**
   * Declines a share that was offered to you, or gives back a role that you accepted. The sender gets a notice.
   *
   * @param shareId - The share's id, from `listReceived`.
   * @throws `share_not_found`, `invalid_input`, `not_signed_in`.
   * @example
   * ```ts
   * await tertulia.sharing.decline(share.id)
   * ```
   */
  decline(shareId: string, options?: CallOptions): Promise<void>
  /**
   * Revokes a share of a role below yours. The recipient loses access from the next query on. The share stays in `listShares` as
   * `revoked`. Revoking again does nothing.
   *
   * @param shareId - The share's id, from `listShares`.
   * @returns The role that the recipient still has by another share or a link; null for none, and for an address that has not accepted.
   * @throws `share_not_found`, `forbidden` when the role is not below yours, `invalid_input`, `not_signed_in`.
   * @example
   * ```ts
   * const remaining = await tertulia.sharing.revoke(share.id)
   * ```
   */
  revoke(shareId: string, options?: CallOptions): Promise<SongRole | null>
  /**
   * Returns your role in a song or setlist, or null. Being public gives no role.
   *
   * @param target - The song's id, or `{ setlistId }`.
   * @throws `invalid_input` for an id that is not a UUID, `not_signed_in`.
   * @example
   * ```ts
   * const role = await tertulia.sharing.getRole(song.id)
   * const mayEdit = role !== null && role !== 'view'
   * ```
   */
  getRole(target: ShareTarget, options?: CallOptions): Promise<SongRole | null>
  /**
   * Lists all shares of a song or setlist, ended ones too, the latest first, a page at a time. For its owner and admins.
   *
   * @param target - The song's id, or `{ setlistId }`.
   * @param options - `limit` per page: 1 to 200, default 50. `cursor`: the `nextCursor` of the page before.
   * @throws `song_not_found` or `setlist_not_found` without a role in it, `forbidden` for editors and viewers, `invalid_input`, `invalid_cursor`,
   * `not_signed_in`.
   * @example
   * ```ts
   * const { items } = await tertulia.sharing.listShares(song.id)
   * ```
   */
  listShares(target: ShareTarget, options?: PageOptions & CallOptions): Paged<Share>
  /**
   * Lists the shares that you were offered or accepted, the latest first, a page at a time. Offers to your verified e-mail address are
   * among them where the project claims offers by address.
   *
   * @param options - `limit` per page: 1 to 200, default 50. `cursor`: the `nextCursor` of the page before.
   * @throws `invalid_input`, `invalid_cursor`, `not_signed_in`.
   * @example
   * ```ts
   * for await (const { title, sharedBy, state } of tertulia.sharing.listReceived()) console.log(title, sharedBy.handle, state)
   * ```
   */
  listReceived(options?: PageOptions & CallOptions): Paged<Share>
  /**
   * Lists the shares that you gave, ended ones too, the latest first, a page at a time, of what you may still share. `listLinks` has the links.
   *
   * @param options - `limit` per page: 1 to 200, default 50. `cursor`: the `nextCursor` of the page before.
   * @throws `invalid_input`, `invalid_cursor`, `not_signed_in`.
   * @example
   * ```ts
   * const { items } = await tertulia.sharing.listSent({ limit: 20 })
   * ```
   */
  listSent(options?: PageOptions & CallOptions): Paged<Share>
}
