import { call } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import { id, parseInput } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
import { type Conversation, conversation } from './schema.ts'

const operation = 'chat.getDirect'

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
export async function getDirect(
  context: Context,
  userId: string,
  options?: CallOptions,
): Promise<Conversation> {
  const otherId = parseInput(operation, id, userId)
  return call(context, operation, options, 'open_direct', { otherId }, conversation)
}
