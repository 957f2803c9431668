import { type Operation, operation } from '../../core/call.ts'
import { id } from '../../core/parse.ts'
import { type Conversation, conversation } from '../schema.ts'

/**
 * Returns your direct conversation with another user, without opening it. The first call by either of you creates it. Two calls at once
 * return the same conversation.
 *
 * @param userId - The other user's id.
 * @throws `profile_not_found`; `request_needed` when the user accepts messages on request only; `blocked` when the user blocked you, or
 * when you blocked the user and have no conversation yet; `invalid_input` for your own id; `rate_limited` after 20 new conversations in an
 * hour; `not_signed_in`.
 * @example
 * ```ts
 * const { id } = await getDirect(context, ben.id)
 * ```
 */
export const getDirect: Operation<[userId: string], Conversation> = operation(
  'chat.getDirect',
  'open_direct',
  { userId: id },
  conversation,
  {},
  { toArguments: ({ userId }) => ({ otherId: userId }) },
)
