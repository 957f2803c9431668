import type { FileBytes } from '../../core/file-bytes.ts'
import type { Paged, PageOptions } from '../../core/page.ts'
import type { CallOptions } from '../../core/run.ts'
import type { UserChanges } from '../../live/types.ts'
import type { Share, ShareTarget } from '../schema.ts'
import type { InvitationCalls } from './invitation-calls.ts'
import type { CircleShareOptions } from './invitations.ts'
import type { NewCircle, WatchedCircle } from './operations.ts'
import type { Circle, CircleBan, CircleRole, CircleSummary } from './schema.ts'

/** Circles: a band, a choir, a team, with whom you share songs and setlists together. */
export interface Circles extends InvitationCalls, UserChanges {
  /**
   * Creates a circle with you as its owner. Safe to retry with the same `id`.
   *
   * @param circle - `name`: 1 to 120 characters on one line.
   * @throws `invalid_input`; `too_many_circles` when you are in 100; `rate_limited` after 20 circles in a day; `account_not_found`;
   * `not_signed_in`.
   * @example
   * ```ts
   * const band = await circles.create({ name: 'Los Pérez' })
   * ```
   */
  create(circle: NewCircle, options?: CallOptions): Promise<Circle>
  /**
   * Returns a circle with its members. For members.
   *
   * @param circleId - The circle's id.
   * @throws `circle_not_found` if you are not in it, `invalid_input`, `account_not_found`, `not_signed_in`.
   * @example
   * ```ts
   * const { name, members } = await circles.get(circle.id)
   * ```
   */
  get(circleId: string, options?: CallOptions): Promise<Circle>
  /**
   * Lists the circles that you are in, the newest first, a page at a time.
   *
   * @param options - `limit` per page: 1 to 200, default 50. `cursor`: the `nextCursor` of the page before.
   * @throws `invalid_input`, `invalid_cursor`, `account_not_found`, `not_signed_in`.
   * @example
   * ```ts
   * for await (const { name, memberCount } of circles.list()) console.log(name, memberCount)
   * ```
   */
  list(options?: PageOptions & CallOptions): Paged<CircleSummary>
  /**
   * Opens a live handle on a circle: its snapshot follows the name, the picture, the members and their roles. For members.
   *
   * It closes with `removed` when you leave or are removed, or the circle is deleted. At most 256 users hear of a change at once; others
   * see it within 30 seconds.
   *
   * @param circleId - The circle's id.
   * @throws `invalid_input` at once. Later failures are in the snapshot's `error`.
   * @example
   * ```ts
   * const watched = circles.watch(circle.id)
   * const stop = watched.subscribe(() => console.log(watched.getSnapshot().circle?.members))
   * ```
   */
  watch(circleId: string): WatchedCircle
  /**
   * Renames a circle. For owners and admins.
   *
   * @param circleId - The circle's id.
   * @param name - 1 to 120 characters on one line.
   * @throws `circle_not_found`, `forbidden`, `invalid_input`, `rate_limited` after 120 changes of circles in ten minutes, `not_signed_in`.
   * @example
   * ```ts
   * await circles.rename(circle.id, 'Los Pérez y amigos')
   * ```
   */
  rename(circleId: string, name: string, options?: CallOptions): Promise<Circle>
  /**
   * Sets the picture of a circle and removes the one before. For owners and admins. Anybody who has the URL can open it.
   *
   * @param circleId - The circle's id.
   * @param file - A PNG, JPEG, WebP, GIF or AVIF image of at most 2 MiB. In React Native pass an `ArrayBuffer`.
   * @returns The picture's public URL.
   * @throws `invalid_input` with `field` `picture`; `circle_not_found`; `forbidden`; `rate_limited`; `not_signed_in`.
   * @example
   * ```ts
   * const url = await circles.setPicture(circle.id, file)
   * ```
   */
  setPicture(circleId: string, file: FileBytes, options?: CallOptions): Promise<string>
  /**
   * Removes the picture of a circle. Does nothing if there is none. For owners and admins.
   *
   * @param circleId - The circle's id.
   * @throws `circle_not_found`, `forbidden`, `rate_limited`, `not_signed_in`.
   * @example
   * ```ts
   * await circles.removePicture(circle.id)
   * ```
   */
  removePicture(circleId: string, options?: CallOptions): Promise<void>
  /**
   * Deletes a circle for good. Its members lose their roles in everything that was shared with it, from the next query on. The songs and
   * setlists stay with their owners. For owners.
   *
   * @param circleId - The circle's id.
   * @throws `circle_not_found`, `forbidden`, `rate_limited`, `not_signed_in`.
   * @example
   * ```ts
   * await circles.delete(circle.id)
   * ```
   */
  delete(circleId: string, options?: CallOptions): Promise<void>
  /**
   * Leaves a circle. You lose the roles that you had because of it, from the next query on. The last member takes the circle along.
   *
   * @param circleId - The circle's id.
   * @throws `last_owner` while other members stay and none of them is an owner; `circle_not_found`; `rate_limited`; `not_signed_in`.
   * @example
   * ```ts
   * await circles.leaveCircle(circle.id)
   * ```
   */
  leaveCircle(circleId: string, options?: CallOptions): Promise<void>
  /**
   * Removes a member. Older links and invitations do not let that user in again; new ones do. Does nothing if the user is not in the circle.
   * Owners remove any other member, admins members.
   *
   * @param circleId - The circle's id.
   * @param userId - The member's id.
   * @throws `circle_not_found`, `forbidden`, `profile_not_found`, `invalid_input` for your own id, `rate_limited`, `not_signed_in`.
   * @example
   * ```ts
   * await circles.removeMember(circle.id, ben.id)
   * ```
   */
  removeMember(circleId: string, userId: string, options?: CallOptions): Promise<Circle>
  /**
   * Makes a member owner, admin or member. For owners.
   *
   * @param circleId - The circle's id.
   * @param userId - The member's id.
   * @param role - The new role.
   * @throws `last_owner` if you are the last owner and step down; `profile_not_found` for a user who is not in it; `circle_not_found`;
   * `forbidden`; `invalid_input`; `rate_limited`; `not_signed_in`.
   * @example
   * ```ts
   * await circles.setRole(circle.id, ben.id, 'admin')
   * ```
   */
  setRole(circleId: string, userId: string, role: CircleRole, options?: CallOptions): Promise<Circle>
  /**
   * Makes another member an owner and you an admin, in one step. For owners.
   *
   * @param circleId - The circle's id.
   * @param userId - The new owner's id.
   * @throws `profile_not_found` for a user who is not in it, `circle_not_found`, `forbidden`, `invalid_input`, `rate_limited`,
   * `not_signed_in`.
   * @example
   * ```ts
   * await circles.transfer(circle.id, ben.id)
   * ```
   */
  transfer(circleId: string, userId: string, options?: CallOptions): Promise<Circle>
  /**
   * Returns the id of the circle's group conversation, for its members. Where there is none, owners and admins create it with all members.
   * From then on whoever joins or leaves the circle does so in the conversation, with the circle's roles and its name; the calls of `chat` that
   * change who takes part throw `forbidden`.
   *
   * @param circleId - The circle's id.
   * @returns The conversation's id, for `chat.openConversation`.
   * @throws `circle_not_found`; `forbidden` for a member while there is none; `rate_limited` after 10 new groups in ten minutes;
   * `invalid_input`; `account_not_found`; `not_signed_in`.
   * @example
   * ```ts
   * const conversation = tertulia.chat.openConversation(await circles.openConversation(circle.id))
   * await conversation.send({ content: 'Friday at eight?' })
   * ```
   */
  openConversation(circleId: string, options?: CallOptions): Promise<string>
  /**
   * Separates the conversation from the circle: it stays with its messages, as an ordinary group of those who take part now. For owners. Does
   * nothing when there is none.
   *
   * @param circleId - The circle's id.
   * @throws `circle_not_found`, `forbidden`, `invalid_input`, `rate_limited`, `account_not_found`, `not_signed_in`.
   * @example
   * ```ts
   * await circles.releaseConversation(circle.id)
   * ```
   */
  releaseConversation(circleId: string, options?: CallOptions): Promise<void>
  /**
   * Removes a user and keeps them out: no invitation and no link lets them in before you lift the ban. Works for users who are not in the
   * circle too. Owners ban any other user, admins all but owners and admins.
   *
   * @param circleId - The circle's id.
   * @param userId - The user's id.
   * @throws `circle_not_found`, `forbidden`, `profile_not_found`, `invalid_input` for your own id, `rate_limited`, `not_signed_in`.
   * @example
   * ```ts
   * await circles.ban(circle.id, ben.id)
   * ```
   */
  ban(circleId: string, userId: string, options?: CallOptions): Promise<Circle>
  /**
   * Lifts a ban. The user can be invited again, and is not a member. Does nothing if the user is not banned. For owners and admins.
   *
   * @param circleId - The circle's id.
   * @param userId - The user's id.
   * @throws `circle_not_found`, `forbidden`, `invalid_input`, `rate_limited`, `not_signed_in`.
   * @example
   * ```ts
   * await circles.unban(circle.id, ben.id)
   * ```
   */
  unban(circleId: string, userId: string, options?: CallOptions): Promise<void>
  /**
   * Lists who is banned from a circle, the latest first. For owners and admins.
   *
   * @param circleId - The circle's id.
   * @param options - `limit` per page: 1 to 200, default 50. `cursor`: the `nextCursor` of the page before.
   * @throws `circle_not_found`, `forbidden`, `invalid_input`, `invalid_cursor`, `not_signed_in`.
   * @example
   * ```ts
   * for await (const { userId } of circles.listBans(circle.id)) console.log(userId)
   * ```
   */
  listBans(circleId: string, options?: PageOptions & CallOptions): Paged<CircleBan>
  /**
   * Shares a song or a setlist with a circle that you are in: everybody who is in it at the moment of a query has the role, without
   * accepting. A member with another share has the higher role. Sharing again changes role and expiry. Members get a notice, at most 5,000
   * in a day of one sender.
   *
   * `sharing.listShares` shows the share, and `sharing.revoke` ends it. It stays when you leave the circle.
   *
   * @param circleId - The circle's id.
   * @param target - The song's id, or `{ setlistId }`.
   * @param wanted - `role`: below yours, `view` by default. `expiresAt`. `withSongs`: with a setlist also the songs that you may share.
   * @throws `circle_not_found` if you are not in it; `song_not_found`, `setlist_not_found`; `forbidden` for a role that does not reach;
   * `invalid_input`; `rate_limited`; `not_signed_in`.
   * @example
   * ```ts
   * await circles.share(circle.id, song.id, { role: 'edit' })
   * await circles.share(circle.id, { setlistId: setlist.id }, { withSongs: true })
   * ```
   */
  share(
    circleId: string,
    target: ShareTarget,
    wanted?: CircleShareOptions,
    options?: CallOptions,
  ): Promise<Share>
  /**
   * Lists what is shared with a circle now, the latest first. For members.
   *
   * @param circleId - The circle's id.
   * @param options - `limit` per page: 1 to 200, default 50. `cursor`: the `nextCursor` of the page before.
   * @throws `circle_not_found`, `invalid_input`, `invalid_cursor`, `not_signed_in`.
   * @example
   * ```ts
   * for await (const { title, songId } of circles.listShares(circle.id)) console.log(title, songId)
   * ```
   */
  listShares(circleId: string, options?: PageOptions & CallOptions): Paged<Share>
  /**
   * Gives back, for the whole circle, what was shared with it. The sender gets a notice. For owners and admins of the circle.
   *
   * @param shareId - The share's id.
   * @throws `share_not_found`, `forbidden`, `invalid_input`, `not_signed_in`.
   * @example
   * ```ts
   * const { items } = await circles.listShares(circle.id)
   * for (const { id } of items) await circles.removeShare(id)
   * ```
   */
  removeShare(shareId: string, options?: CallOptions): Promise<void>
}
