import { type ListOperation, listOperation, nothing, type Operation, operation } from '../../core/call.ts'
import { id, timestamp } from '../../core/parse.ts'
import { type Person, personFields } from '../../core/person.ts'
import { row, text } from '../../core/shape.ts'
import { type Conversation, conversation } from '../schema.ts'

/** A user who is banned from a group. */
export interface BannedPerson extends Person {
  /** Id of the user who banned them. */
  bannedBy: string
  createdAt: Date
}

const fields = { conversationId: id, userId: id }

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
 * await banUser(context, group.id, eve.id)
 * ```
 */
export const banUser: Operation<[conversationId: string, userId: string], Conversation> = operation(
  'chat.ban',
  'ban_user',
  fields,
  conversation,
)

/**
 * Takes a ban back. The user can be added again; this call does not add them. For owners and admins. Does nothing if there is no ban.
 *
 * @param conversationId - The group's id.
 * @param userId - The user's id.
 * @throws `conversation_not_found`; `forbidden` for members; `rate_limited` after 60 changes of groups in ten minutes; `invalid_input`; `not_signed_in`.
 * @example
 * ```ts
 * await unbanUser(context, group.id, eve.id)
 * ```
 */
export const unbanUser: Operation<[conversationId: string, userId: string], void> = operation(
  'chat.unban',
  'unban_user',
  fields,
  nothing,
)

/**
 * Lists the users who are banned from a group, the latest first, a page at a time. For its owners and admins.
 *
 * @param conversationId - The group's id.
 * @param options - `limit` per page: 1 to 200, default 50. `cursor`: the `nextCursor` of the page before.
 * @throws `conversation_not_found`; `forbidden` for members; `invalid_input`; `invalid_cursor`; `not_signed_in`.
 * @example
 * ```ts
 * for await (const { displayName } of listBans(context, group.id)) console.log(displayName)
 * ```
 */
export const listBans: ListOperation<[conversationId: string], BannedPerson> = listOperation(
  'chat.listBans',
  'list_bans',
  { conversationId: id },
  row({ ...personFields, bannedBy: id, createdAt: timestamp }, { id: 'user_id' }),
  [
    ['created_at', 'beforeAt', text()],
    ['user_id', 'beforeId', id],
  ],
)
