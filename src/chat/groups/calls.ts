import type { Paged, PageOptions } from '../../core/page.ts'
import type { CallOptions } from '../../core/run.ts'
import type { Conversation, Participant } from '../schema.ts'
import type { BannedPerson } from './bans.ts'
import type { GroupChanges, NewGroup } from './groups.ts'

/** Calls about groups and their participants. */
export interface GroupCalls {
  /**
   * Creates a group. You become its owner. To retry safely, pass an `id`: the same id again returns the same group.
   *
   * @param group - `memberIds` are the other users; with you a group has at most 256. `subject` has 1 to 200 characters.
   * @throws `group_full`; `profile_not_found`; `blocked` when you blocked one of them or one of them blocked you; `group_id_taken` when the id
   * belongs to another conversation; `rate_limited` after 10 groups in ten minutes or 300 people added in a day; `account_not_found`;
   * `invalid_input`; `not_signed_in`.
   * @example
   * ```ts
   * const group = await tertulia.chat.createGroup({ subject: 'Ensayo', memberIds: [ben.id, eve.id] })
   * ```
   */
  createGroup(group: NewGroup, options?: CallOptions): Promise<Conversation>
  /**
   * Changes the subject, the metadata, who can write in a group, or what users see who join later. For its owners and admins.
   *
   * @param conversationId - The group's id.
   * @param changes - The fields to change; the others stay.
   * @returns The group after the change.
   * @throws `conversation_not_found`; `forbidden` for members; `rate_limited` after 60 changes of groups in ten minutes; `invalid_input`; `not_signed_in`.
   * @example
   * ```ts
   * await tertulia.chat.updateGroup(group.id, { subject: 'Concierto', writers: 'admins' })
   * ```
   */
  updateGroup(conversationId: string, changes: GroupChanges, options?: CallOptions): Promise<Conversation>
  /**
   * Adds users to a group. They have no unread messages, and see the whole history unless its `history` is `joined`. Users who are in the
   * group keep their role; users who left return as members. Users who do not let you add them get an invitation (`tertulia/contacts`). For
   * owners and admins.
   *
   * @param conversationId - The group's id.
   * @param userIds - The users' ids. A group has at most 256 participants.
   * @returns The group after the change.
   * @throws `conversation_not_found`; `forbidden` for members; `group_full`; `banned` when one of them is banned from the group;
   * `profile_not_found`; `blocked` when you blocked one of them or one of them blocked you; `rate_limited` after 300 people added in a day; `invalid_input`; `not_signed_in`.
   * @example
   * ```ts
   * await tertulia.chat.addParticipants(group.id, [eve.id])
   * ```
   */
  addParticipants(conversationId: string, userIds: string[], options?: CallOptions): Promise<Conversation>
  /**
   * Removes a user from a group. The user receives nothing from then on. Owners can remove any other user, admins can remove members. Does
   * nothing if the user is not in the group.
   *
   * @param conversationId - The group's id.
   * @param userId - The user's id. To leave yourself, call `leave`.
   * @returns The group after the change.
   * @throws `conversation_not_found`; `forbidden`; `rate_limited` after 60 changes of groups in ten minutes; `invalid_input` for your own id; `not_signed_in`.
   * @example
   * ```ts
   * await tertulia.chat.removeParticipant(group.id, eve.id)
   * ```
   */
  removeParticipant(conversationId: string, userId: string, options?: CallOptions): Promise<Conversation>
  /**
   * Leaves a group. The last owner must make another participant an owner first, unless the group has no other participant. Leaving again does nothing.
   *
   * @param conversationId - The group's id.
   * @throws `conversation_not_found`; `last_owner`; `rate_limited` after 60 changes of groups in ten minutes; `invalid_input` for a direct conversation; `not_signed_in`.
   * @example
   * ```ts
   * await tertulia.chat.leave(group.id)
   * ```
   */
  leave(conversationId: string, options?: CallOptions): Promise<void>
  /**
   * Makes a participant of a group an owner, admin or member. For owners. The last owner cannot give up the role.
   *
   * @param conversationId - The group's id.
   * @param userId - The participant's id.
   * @param role - `owner`, `admin` or `member`.
   * @returns The group after the change.
   * @throws `conversation_not_found`; `forbidden` unless you are an owner; `last_owner`; `profile_not_found` when the user is not in the
   * group; `rate_limited` after 60 changes of groups in ten minutes; `invalid_input`; `not_signed_in`.
   * @example
   * ```ts
   * await tertulia.chat.setRole(group.id, ben.id, 'admin')
   * ```
   */
  setRole(
    conversationId: string,
    userId: string,
    role: Participant['role'],
    options?: CallOptions,
  ): Promise<Conversation>
  /**
   * Bans a user from a group. A participant is removed and receives nothing from then on. Until you call `unban`, nobody can add the user.
   * You can also ban a user who is not in the group. Owners can ban any other user; admins can ban anyone but owners and admins. Banning
   * again does nothing.
   *
   * @param conversationId - The group's id.
   * @param userId - The user's id.
   * @returns The group after the change.
   * @throws `conversation_not_found`; `forbidden`; `profile_not_found`; `rate_limited` after 60 changes of groups in ten minutes;
   * `invalid_input` for your own id; `not_signed_in`.
   * @example
   * ```ts
   * await tertulia.chat.ban(group.id, eve.id)
   * ```
   */
  ban(conversationId: string, userId: string, options?: CallOptions): Promise<Conversation>
  /**
   * Takes a ban back. The user can be added again; this call does not add them. For owners and admins. Does nothing if there is no ban.
   *
   * @param conversationId - The group's id.
   * @param userId - The user's id.
   * @throws `conversation_not_found`; `forbidden` for members; `rate_limited` after 60 changes of groups in ten minutes; `invalid_input`; `not_signed_in`.
   * @example
   * ```ts
   * await tertulia.chat.unban(group.id, eve.id)
   * ```
   */
  unban(conversationId: string, userId: string, options?: CallOptions): Promise<void>
  /**
   * Lists the users who are banned from a group, the latest first, a page at a time. For its owners and admins.
   *
   * @param conversationId - The group's id.
   * @param options - `limit` per page: 1 to 200, default 50. `cursor`: the `nextCursor` of the page before.
   * @throws `conversation_not_found`; `forbidden` for members; `invalid_input`; `invalid_cursor`; `not_signed_in`.
   * @example
   * ```ts
   * for await (const { displayName } of tertulia.chat.listBans(group.id)) console.log(displayName)
   * ```
   */
  listBans(conversationId: string, options?: PageOptions & CallOptions): Paged<BannedPerson>
}
