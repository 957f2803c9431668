import { backoffMs } from '../core/clock.ts'
import type { Context } from '../core/context.ts'
import { isTertuliaError } from '../core/error.ts'
import { newId } from '../core/new-id.ts'
import { id, parseAnswer, parseInput } from '../core/parse.ts'
import { type CallOptions, run } from '../core/run.ts'
import type { Json } from '../database.types.ts'
import {
  type Message,
  messageRow,
  type NewMessage,
  newMessage,
  type RevisedMessage,
  toMessage,
} from './schema.ts'

const operation = 'chat.send'
const attempts = 3

/**
 * Sends a message and answers it as the database has it. Tries again up to twice when the network or the server fails;
 * the id makes sure that the message is there once, whatever was lost on the way. Keep the id to go on trying yourself.
 *
 * @throws `conversation_not_found`, `invalid_input`, `message_id_taken`, `not_signed_in`, and what the network throws.
 * @example
 * ```ts
 * const message = await tertulia.chat.send(conversationId, { content: '¡Hola!' })
 * ```
 */
export async function sendMessage(
  context: Context,
  conversationId: string,
  message: NewMessage,
  options?: CallOptions,
): Promise<Message> {
  const sent = await sendRevised(context, conversationId, message, options)
  return sent.message
}

/** The same with the revision, for the open conversation. */
export async function sendRevised(
  context: Context,
  conversationId: string,
  message: NewMessage,
  options?: CallOptions,
): Promise<RevisedMessage> {
  const target = parseInput(operation, id, conversationId)
  const { content, id: given, metadata = {} } = parseInput(operation, newMessage, message)
  const row = {
    conversation_id: target,
    message_id: given ?? newId(context.random),
    content,
    metadata: metadata as Json,
  }
  for (let attempt = 1; ; attempt++) {
    try {
      return await run(
        context,
        operation,
        { ...options, attempt },
        (signal) => context.supabase.rpc('send_message', row).abortSignal(signal),
        (data) => toMessage(parseAnswer(operation, messageRow, data)),
      )
    } catch (error) {
      if (attempt === attempts || !isTertuliaError(error) || !error.retryable) throw error
      await pause(context, error.retryAfterMs ?? backoffMs(attempt, context.random), options?.signal)
    }
  }
}

/** Waits, at most until the signal aborts. */
function pause(context: Context, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      cancel()
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const cancel = context.clock.after(ms, done)
    if (signal?.aborted) done()
    signal?.addEventListener('abort', done)
  })
}
