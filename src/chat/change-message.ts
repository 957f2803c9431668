import { type CallRequest, call } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import { id, parseInput } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
import { flag, object, text } from '../core/shape.ts'
import { type Message, type RevisedMessage, revisedMessage } from './schema.ts'

const editInput = object({ messageId: id, content: text({ max: 16_000 }) })
const deleteInput = object({ messageId: id })
const reactInput = object({ messageId: id, emoji: text({ max: 32 }), present: flag })

/**
 * Changes the text of a message of one's own, up to 24 hours after it was sent.
 *
 * @throws `message_not_found`, `forbidden`, `too_late`, `blocked`, `rate_limited`, `not_signed_in`, `invalid_input`.
 * @example
 * ```ts
 * await tertulia.chat.editMessage(message.id, 'What I meant to say')
 * ```
 */
export async function editMessage(
  context: Context,
  messageId: string,
  content: string,
  options?: CallOptions,
): Promise<Message> {
  return (await edit(context, messageId, content, options)).message
}

/**
 * Deletes a message for everyone: it stays in its place, empty. One may delete one's own, owners and admins any in their
 * group. Deleting again changes nothing.
 *
 * @throws `message_not_found`, `forbidden`, `not_signed_in`, `invalid_input`.
 * @example
 * ```ts
 * await tertulia.chat.deleteMessage(message.id)
 * ```
 */
export async function deleteMessage(
  context: Context,
  messageId: string,
  options?: CallOptions,
): Promise<Message> {
  return (await remove(context, messageId, options)).message
}

/**
 * Reacts to a message with an emoji, or takes that back when `present` is false. Doing it again changes nothing.
 *
 * @throws `message_not_found`, `too_many_reactions`, `blocked`, `rate_limited`, `not_signed_in`, `invalid_input`.
 * @example
 * ```ts
 * await tertulia.chat.react(message.id, '🎸')
 * await tertulia.chat.react(message.id, '🎸', false)
 * ```
 */
export async function react(
  context: Context,
  messageId: string,
  emoji: string,
  present = true,
  options?: CallOptions,
): Promise<Message> {
  return (await setReaction(context, messageId, emoji, present, options)).message
}

/** {@link editMessage}, with the number of the change. */
export async function edit(
  context: Context,
  messageId: string,
  content: string,
  options?: CallRequest,
): Promise<RevisedMessage> {
  const input = parseInput('chat.editMessage', editInput, { messageId, content })
  return call(context, 'chat.editMessage', options, 'edit_message', input, revisedMessage)
}

/** {@link deleteMessage}, with the number of the change. */
export async function remove(
  context: Context,
  messageId: string,
  options?: CallRequest,
): Promise<RevisedMessage> {
  const input = parseInput('chat.deleteMessage', deleteInput, { messageId })
  return call(context, 'chat.deleteMessage', options, 'delete_message', input, revisedMessage)
}

/** {@link react}, with the number of the change. */
export async function setReaction(
  context: Context,
  messageId: string,
  emoji: string,
  present: boolean,
  options?: CallRequest,
): Promise<RevisedMessage> {
  const input = parseInput('chat.react', reactInput, { messageId, emoji, present })
  return call(context, 'chat.react', options, 'react', input, revisedMessage)
}
