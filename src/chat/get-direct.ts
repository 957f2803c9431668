import type { Context } from '../core/context.ts'
import { id, parseAnswer, parseInput } from '../core/parse.ts'
import { type CallOptions, run } from '../core/run.ts'
import { type Conversation, conversationRow, toConversation } from './schema.ts'

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
  const other = parseInput(operation, id, userId)
  return run(
    context,
    operation,
    options,
    (signal) => context.supabase.rpc('open_direct', { other_id: other }).abortSignal(signal),
    (data) => toConversation(parseAnswer(operation, conversationRow, data)),
  )
}
