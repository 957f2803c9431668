import { type Operation, operation } from '../core/call.ts'
import { id } from '../core/parse.ts'
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
export const recordConversion: Operation<[conversationId: string], boolean> = operation(
  'analytics.recordConversion',
  'record_conversion',
  { conversationId: id },
  flag,
)
