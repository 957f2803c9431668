import { type Operation, operation } from '../core/call.ts'
import { id } from '../core/parse.ts'
import { type Conversation, conversation } from './schema.ts'

/**
 * The one conversation between oneself and another person; made at the first call by either of them. Two such calls at
 * once give the same conversation.
 *
 * @throws `profile_not_found`, `not_signed_in`, `invalid_input` for one's own id.
 * @example
 * ```ts
 * const { id } = await tertulia.chat.getDirect(userId)
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
