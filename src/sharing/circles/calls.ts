import type { FileBytes } from '../../core/file-bytes.ts'
import type { Paged, PageOptions } from '../../core/page.ts'
import type { CallOptions } from '../../core/run.ts'
import type { Share, ShareTarget } from '../schema.ts'
import type {
  CircleLinkOptions,
  CircleShareOptions,
  InvitationKey,
  NewCircleInvitation,
} from './invitations.ts'
import type { NewCircle, WatchedCircle } from './operations.ts'
import type {
  Circle,
  CircleBan,
  CircleInvitation,
  CircleRole,
  CircleSummary,
  NewCircleLink,
} from './schema.ts'

/** Circles: a band, a choir, a team, with whom you share songs and setlists together. */
export interface Circles {
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
   * Invites a user by id, handle or e-mail address. It is no membership before the user accepts. Inviting again changes role, message and
   * expiry, and sends no second notice while the invitation is open. For owners and admins.
   *
   * The answer for an address is the same whether it has an account or not.
   *
   * @param circleId - The circle's id.
   * @param wanted - One of `userId`, `handle` and `email`, and what else the invitation says.
   * @throws `circle_not_found`; `forbidden`; `blocked` if one of you blocked the other; `banned`; `profile_not_found` with `field`;
   * `too_many_invitations` when 300 are open; `invalid_input`, also for a user who is in the circle; `rate_limited` after 60 invitations and
   * shares in an hour; `not_signed_in`.
   * @example
   * ```ts
   * await circles.inviteUser(circle.id, { handle: 'carla', message: 'We rehearse on Fridays.' })
   * await circles.inviteUser(circle.id, { email: 'ben@example.com', role: 'admin' })
   * ```
   */
  inviteUser(circleId: string, wanted: NewCircleInvitation, options?: CallOptions): Promise<CircleInvitation>
  /**
   * Creates a link by which users join as members, each after accepting. For owners and admins.
   *
   * @param circleId - The circle's id.
   * @param wanted - `maxUses`: how many can join by it. `expiresAt`: at most a year from now, 14 days by default.
   * @returns The invitation with its `token`, which cannot be read again.
   * @throws `circle_not_found`, `forbidden`, `too_many_invitations` when 20 links are open, `invalid_input`, `rate_limited`,
   * `not_signed_in`.
   * @example
   * ```ts
   * const { token } = await circles.createLink(circle.id, { maxUses: 10 })
   * const address = `https://app.example.com/join#${token}`
   * ```
   */
  createLink(circleId: string, wanted?: CircleLinkOptions, options?: CallOptions): Promise<NewCircleLink>
  /**
   * Lists the invitations and links of a circle, ended ones too, the latest first. For owners and admins.
   *
   * @param circleId - The circle's id.
   * @param options - `limit` per page: 1 to 200, default 50. `cursor`: the `nextCursor` of the page before.
   * @throws `circle_not_found`, `forbidden`, `invalid_input`, `invalid_cursor`, `not_signed_in`.
   * @example
   * ```ts
   * const { items } = await circles.listInvitations(circle.id)
   * const open = items.filter(({ state }) => state === 'pending')
   * ```
   */
  listInvitations(circleId: string, options?: PageOptions & CallOptions): Paged<CircleInvitation>
  /**
   * Ends an invitation or a link. Members who came by it stay. Does nothing if it has ended. For owners and admins; only owners end the
   * invitation of an admin.
   *
   * @param invitationId - The invitation's id.
   * @throws `invitation_not_found`, `forbidden`, `invalid_input`, `rate_limited`, `not_signed_in`.
   * @example
   * ```ts
   * const { id } = await circles.createLink(circle.id)
   * await circles.revokeInvitation(id)
   * ```
   */
  revokeInvitation(invitationId: string, options?: CallOptions): Promise<void>
  /**
   * Returns the invitations that you can accept, the latest 200. They show the circle's name and picture, but not its members.
   *
   * @throws `account_not_found`, `not_signed_in`.
   * @example
   * ```ts
   * const [first] = await circles.listReceivedInvitations()
   * if (first) await circles.acceptInvitation(first.id)
   * ```
   */
  listReceivedInvitations(options?: CallOptions): Promise<CircleInvitation[]>
  /**
   * Returns what a link invites to, so that the user can decide. It joins nothing.
   *
   * @param token - From `createLink`, or from a link that your server sent.
   * @throws `invitation_not_found`; `invitation_expired`; `invitation_used`; `wrong_address` when it was sent to another user's address;
   * `banned`; `rate_limited` after 20 links in ten minutes; `not_signed_in`.
   * @example
   * ```ts
   * const token = new URLSearchParams(location.search).get('invitation') ?? ''
   * const { circleName, invitedBy } = await circles.readInvitation(token)
   * ```
   */
  readInvitation(token: string, options?: CallOptions): Promise<CircleInvitation>
  /**
   * Joins a circle. Accepting again does nothing. Owners and admins who invited you get a notice.
   *
   * An invitation counts as long as the member who made it could still make it.
   *
   * @param invitation - The invitation's id, or `{ token }` from a link.
   * @returns The circle with its members.
   * @throws `invitation_not_found`; `invitation_expired`; `invitation_used`; `wrong_address`; `banned`; `circle_full` when it has 256
   * members; `too_many_circles` when you are in 100; `rate_limited` after 60 circles in an hour; `not_signed_in`.
   * @example
   * ```ts
   * const token = new URLSearchParams(location.search).get('invitation') ?? ''
   * const band = await circles.acceptInvitation({ token })
   * ```
   */
  acceptInvitation(invitation: InvitationKey, options?: CallOptions): Promise<Circle>
  /**
   * Declines an invitation. Does nothing if it has ended.
   *
   * @param invitationId - The invitation's id.
   * @throws `invitation_not_found` if it is not for you, `invalid_input`, `not_signed_in`.
   * @example
   * ```ts
   * for (const { id } of await circles.listReceivedInvitations()) await circles.declineInvitation(id)
   * ```
   */
  declineInvitation(invitationId: string, options?: CallOptions): Promise<void>
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
