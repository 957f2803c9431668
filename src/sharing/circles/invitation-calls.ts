import type { Paged, PageOptions } from '../../core/page.ts'
import type { CallOptions } from '../../core/run.ts'
import type { CircleLinkOptions, InvitationKey, NewCircleInvitation } from './invitations.ts'
import type { Circle, CircleInvitation, NewCircleLink } from './schema.ts'

/** Calls about invitations into circles. */
export interface InvitationCalls {
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
}
