import { call } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import { id, parseInput } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
import { flag } from '../core/shape.ts'

/**
 * Says that a conversation with another person led to what that person offers, such as an order. It counts for them, once a
 * conversation; nobody says it of themselves. A service says it with `record_conversion_for`.
 *
 * @returns Whether it was new.
 * @throws `conversation_not_found`, `invalid_input` for a group, `not_signed_in`.
 * @example
 * ```ts
 * await tertulia.analytics.recordConversion(conversation.id)
 * ```
 */
export async function recordConversion(
  context: Context,
  conversationId: string,
  options?: CallOptions,
): Promise<boolean> {
  const operation = 'analytics.recordConversion'
  const given = { conversationId: parseInput(operation, id, conversationId) }
  return call(context, operation, options, 'record_conversion', given, flag)
}
