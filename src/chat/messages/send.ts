import { call } from '../../core/call.ts'
import { backoffMs, pause } from '../../core/clock.ts'
import type { Context } from '../../core/context.ts'
import { isTertuliaError } from '../../core/error.ts'
import { requireIdentity, requireSame } from '../../core/identity.ts'
import { newId } from '../../core/new-id.ts'
import { calledWith, id, parseInput } from '../../core/parse.ts'
import type { CallOptions, RunOptions } from '../../core/run.ts'
import { anything, toColumns } from '../../core/shape.ts'
import type { Json } from '../../database.types.ts'
import { type Message, type RevisedMessage, revisedMessage } from '../schema.ts'
import { type CompleteMessage, type NewMessage, newMessage, type Unsent } from './new-message.ts'

const operation = 'chat.send'
const attempts = 3

const sendInput = calledWith({ conversationId: id, message: anything })

/** Checks a message and gives it an id. Throws `invalid_input`. */
export function completeMessage(message: NewMessage): CompleteMessage {
  const { id: given, ...rest } = parseInput(operation, newMessage, message)
  return { metadata: {}, ...rest, id: given ?? newId() }
}

/**
 * Sends a message and returns it as stored. It retries up to twice when the network or the server fails, and the message's id
 * deduplicates it. To retry later, keep the same id, or send through an open conversation, which also works offline.
 *
 * @param conversationId - The conversation's id.
 * @param message - `content` has 1 to 8,000 characters. Attachments (at most 10), `replyTo`, `mentions` (at most 50) and `songId` are optional.
 * @throws `conversation_not_found`; `forbidden` for a member of an announcement group; `blocked` in a direct conversation when one of you
 * blocked the other; `song_not_found`; `message_id_taken` when the id belongs to another message; `rate_limited` after 30 messages in 10
 * s; `account_not_found`; `invalid_input`; `not_signed_in`; when the network or the server still fails, `unreachable`, `timeout` or
 * `unavailable`.
 * @example
 * ```ts
 * const sent = await sendMessage(context, group.id, { content: '¡Hola!' })
 * ```
 */
export async function sendMessage(
  context: Context,
  conversationId: string,
  message: NewMessage,
  options?: CallOptions,
): Promise<Message> {
  const place = parseInput(operation, sendInput, [conversationId, message, options])
  const complete = completeMessage(message)
  // A user who signs in between two attempts sends nothing of this user's.
  const { userId } = await requireIdentity(context, operation)
  for (let attempt = 1; ; attempt++) {
    try {
      const sent = await sendOnce(
        context,
        { ...complete, conversationId: place.conversationId, userId },
        { ...options, attempt },
      )
      return sent.message
    } catch (error) {
      if (attempt === attempts || !isTertuliaError(error) || !error.retryable) throw error
      await pause(context.clock, error.retryAfterMs ?? backoffMs(attempt, context.random), options?.signal)
    }
  }
}

/** One attempt, made as that user or not at all, also when another user signs in meanwhile. */
export async function sendOnce(
  context: Context,
  message: Omit<Unsent, 'at'>,
  options?: RunOptions,
): Promise<RevisedMessage> {
  const { userId, conversationId, id: messageId, content, metadata } = message
  const { replyTo, mentions, attachments, songId } = message
  const prepare = async () => (await requireSame(context, operation, userId)).token
  const extras = toColumns({ replyTo, mentions, attachments, songId }) as Json
  const input = { conversationId, messageId, content, metadata: metadata as Json, extras }
  const [name, called, given] = message.write ?? [operation, 'send_message', input]
  const reader = (message.write ? anything : revisedMessage) as typeof revisedMessage
  return call(context, name, { ...options, prepare }, called as 'send_message', given as never, reader)
}
