import { call, nothing, type Operation, operation } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import { newId } from '../core/new-id.ts'
import { calledWith, id, metadata, parseInput } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
import { list, nullable, object, optional, type Reader, text, withDefault } from '../core/shape.ts'
import type { Json } from '../database.types.ts'
import { type Conversation, conversation, type Participant, role } from './schema.ts'

/** A group to make. */
export interface NewGroup {
  /** 1 to 200 characters. */
  subject?: string | null
  /** The others: with oneself at most 256 people. */
  memberIds: string[]
  /** The app's own fields: an object of at most 8 KiB. */
  metadata?: Record<string, unknown>
  /** A UUID; keep it when you create the same group again. Made for you when it is not given. */
  id?: string
}

/** What changes of a group; fields that are left out stay. */
export interface GroupChanges {
  /** 1 to 200 characters, or null for none. */
  subject?: string | null
  /** In place of what is there: an object of at most 8 KiB. */
  metadata?: Record<string, unknown>
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
}) as Reader<Json>
const ids = list(id)

/**
 * Makes a group with oneself as its owner. The same id again is the same group: it is answered as it is, and nothing is made.
 *
 * @throws `group_id_taken`, `group_full`, `blocked` when one of them blocked you or you them, `profile_not_found`,
 * `rate_limited`, `invalid_input`, `not_signed_in`.
 * @example
 * ```ts
 * const group = await tertulia.chat.createGroup({ subject: 'Ensayo', memberIds: [ben.id, eve.id] })
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
 * Changes subject or metadata of a group. For its owners and admins.
 *
 * @throws `forbidden`, `conversation_not_found`, `invalid_input`, `not_signed_in`.
 * @example
 * ```ts
 * await tertulia.chat.updateGroup(group.id, { subject: 'Concierto' })
 * ```
 */
export const updateGroup: Operation<[conversationId: string, changes: GroupChanges], Conversation> =
  operation('chat.updateGroup', 'update_group', { conversationId: id, changes: groupChanges }, conversation)

/**
 * Adds people to a group. Whoever is in it stays as they are; whoever was in it comes back as a member. New people see the
 * whole history, with nothing unread. For owners and admins.
 *
 * @throws `forbidden`, `group_full`, `blocked`, `profile_not_found`, `conversation_not_found`, `invalid_input`, `not_signed_in`.
 * @example
 * ```ts
 * await tertulia.chat.addParticipants(group.id, [fred.id])
 * ```
 */
export const addParticipants: Operation<[conversationId: string, userIds: string[]], Conversation> =
  operation('chat.addParticipants', 'add_participants', { conversationId: id, userIds: ids }, conversation)

/**
 * Takes a person out of a group: from then on they receive nothing of it. Owners remove anybody else, admins members.
 * Removing somebody who is not in it changes nothing.
 *
 * @throws `forbidden`, `conversation_not_found`, `invalid_input` for oneself, `not_signed_in`.
 * @example
 * ```ts
 * await tertulia.chat.removeParticipant(group.id, fred.id)
 * ```
 */
export const removeParticipant: Operation<[conversationId: string, userId: string], Conversation> = operation(
  'chat.removeParticipant',
  'remove_participant',
  { conversationId: id, userId: id },
  conversation,
)

/**
 * Leaves a group. Its last owner first makes somebody else an owner, unless nobody else is in it. Leaving again changes nothing.
 *
 * @throws `last_owner`, `conversation_not_found`, `invalid_input` for a direct conversation, `not_signed_in`.
 * @example
 * ```ts
 * await tertulia.chat.leave(group.id)
 * ```
 */
export const leaveGroup: Operation<[conversationId: string], void> = operation(
  'chat.leave',
  'leave_conversation',
  { conversationId: id },
  nothing,
)

/**
 * Makes a person of a group owner, admin or member. For owners; the last one cannot step down.
 *
 * @throws `forbidden`, `last_owner`, `profile_not_found` for somebody who is not in it, `conversation_not_found`,
 * `invalid_input`, `not_signed_in`.
 * @example
 * ```ts
 * await tertulia.chat.setRole(group.id, ben.id, 'admin')
 * ```
 */
export const setRole: Operation<
  [conversationId: string, userId: string, role: Participant['role']],
  Conversation
> = operation('chat.setRole', 'set_role', { conversationId: id, userId: id, role }, conversation)
