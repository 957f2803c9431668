import { call, nothing, type Operation, operation } from '../../core/call.ts'
import type { Context } from '../../core/context.ts'
import { newId } from '../../core/new-id.ts'
import { calledWith, id, metadata, parseInput } from '../../core/parse.ts'
import type { CallOptions } from '../../core/run.ts'
import { list, nullable, object, optional, type Reader, text, withDefault } from '../../core/shape.ts'
import type { Json } from '../../database.types.ts'
import { type Conversation, conversation, history, type Participant, role, writers } from '../schema.ts'

/** A group to create. */
export interface NewGroup {
  /** 1 to 200 characters. */
  subject?: string | null | undefined
  /** Ids of the other participants; with you a group has at most 256. */
  memberIds: string[]
  /** Your own fields: an object of at most 8 KiB. */
  metadata?: Record<string, unknown> | undefined
  /** A UUID, created for you by default. Keep it when you retry: the same id is the same group. */
  id?: string | undefined
}

/** The fields of a group to change. */
export interface GroupChanges {
  /** 1 to 200 characters, or null to remove it. */
  subject?: string | null | undefined
  /** Your own fields: an object of at most 8 KiB, replaced as a whole. */
  metadata?: Record<string, unknown> | undefined
  /** `admins` makes an announcement group: only owners and admins send, edit and upload. Everyone can still read and react. */
  writers?: Conversation['writers'] | undefined
  /** `joined` hides earlier messages from users who join from now on. It hides nothing from users who are in the group. */
  history?: Conversation['history'] | undefined
}

const newGroup = object({
  subject: withDefault(nullable(text()), null),
  memberIds: list(id),
  metadata: withDefault(metadata, {}),
  id: optional(id),
})
const groupChanges = object({
  subject: optional(nullable(text())),
  metadata: optional(metadata),
  writers: optional(writers),
  history: optional(history),
}) as Reader<Json>
const ids = list(id)

/**
 * Creates a group. You become its owner. To retry safely, pass an `id`: the same id again returns the same group.
 *
 * @param group - `memberIds` are the other users; with you a group has at most 256. `subject` has 1 to 200 characters.
 * @throws `group_full`; `profile_not_found`; `blocked` when you blocked one of them or one of them blocked you; `group_id_taken` when the id
 * belongs to another conversation; `rate_limited` after 10 groups in ten minutes or 300 people added in a day; `account_not_found`;
 * `invalid_input`; `not_signed_in`.
 * @example
 * ```ts
 * const group = await createGroup(context, { subject: 'Ensayo', memberIds: [ben.id, eve.id] })
 * ```
 */
export async function createGroup(
  context: Context,
  group: NewGroup,
  options?: CallOptions,
): Promise<Conversation> {
  const name = 'chat.createGroup'
  const given = parseInput(name, calledWith({ group: newGroup }), [group, options])
  const { id: groupId = newId(), subject, ...rest } = given.group
  // The generated type does not know that an argument may be null.
  const input = { ...rest, groupId, subject: subject as string, metadata: rest.metadata as Json }
  return call(context, name, options, 'create_group', input, conversation)
}

/**
 * Changes the subject, the metadata, who can write in a group, or what users see who join later. For its owners and admins.
 *
 * @param conversationId - The group's id.
 * @param changes - The fields to change; the others stay.
 * @returns The group after the change.
 * @throws `conversation_not_found`; `forbidden` for members; `rate_limited` after 60 changes of groups in ten minutes; `invalid_input`; `not_signed_in`.
 * @example
 * ```ts
 * await updateGroup(context, group.id, { subject: 'Concierto', writers: 'admins' })
 * ```
 */
export const updateGroup: Operation<[conversationId: string, changes: GroupChanges], Conversation> =
  operation('chat.updateGroup', 'update_group', { conversationId: id, changes: groupChanges }, conversation)

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
 * await addParticipants(context, group.id, [eve.id])
 * ```
 */
export const addParticipants: Operation<[conversationId: string, userIds: string[]], Conversation> =
  operation('chat.addParticipants', 'add_participants', { conversationId: id, userIds: ids }, conversation)

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
 * await removeParticipant(context, group.id, eve.id)
 * ```
 */
export const removeParticipant: Operation<[conversationId: string, userId: string], Conversation> = operation(
  'chat.removeParticipant',
  'remove_participant',
  { conversationId: id, userId: id },
  conversation,
)

/**
 * Leaves a group. The last owner must make another participant an owner first, unless the group has no other participant. Leaving again does nothing.
 *
 * @param conversationId - The group's id.
 * @throws `conversation_not_found`; `last_owner`; `rate_limited` after 60 changes of groups in ten minutes; `invalid_input` for a direct conversation; `not_signed_in`.
 * @example
 * ```ts
 * await leaveGroup(context, group.id)
 * ```
 */
export const leaveGroup: Operation<[conversationId: string], void> = operation(
  'chat.leave',
  'leave_conversation',
  { conversationId: id },
  nothing,
)

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
 * await setRole(context, group.id, ben.id, 'admin')
 * ```
 */
export const setRole: Operation<
  [conversationId: string, userId: string, role: Participant['role']],
  Conversation
> = operation('chat.setRole', 'set_role', { conversationId: id, userId: id, role }, conversation)
