import { type Operation, operation } from '../core/call.ts'
import { id } from '../core/parse.ts'
import { flag, text, withDefault } from '../core/shape.ts'
import { type Message, message, type RevisedMessage, revisedMessage } from './schema.ts'

type EditArgs = [messageId: string, content: string]
type DeleteArgs = [messageId: string]
type ReactArgs = [messageId: string, emoji: string, present?: boolean]

const editing = [
  'chat.editMessage',
  'edit_message',
  { messageId: id, content: text({ max: 16_000 }) },
] as const
const deleting = ['chat.deleteMessage', 'delete_message', { messageId: id }] as const
const reacting = [
  'chat.react',
  'react',
  { messageId: id, emoji: text({ max: 32 }), present: withDefault(flag, true) },
] as const

/**
 * Changes the text of a message of one's own, up to 24 hours after it was sent.
 *
 * @throws `message_not_found`, `forbidden`, `too_late`, `blocked`, `rate_limited`, `not_signed_in`, `invalid_input`.
 * @example
 * ```ts
 * await tertulia.chat.editMessage(message.id, 'What I meant to say')
 * ```
 */
export const editMessage: Operation<EditArgs, Message> = operation(...editing, message)

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
export const deleteMessage: Operation<DeleteArgs, Message> = operation(...deleting, message)

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
export const react: Operation<ReactArgs, Message> = operation(...reacting, message)

/** {@link editMessage}, with the number of the change. */
export const edit: Operation<EditArgs, RevisedMessage> = operation(...editing, revisedMessage)

/** {@link deleteMessage}, with the number of the change. */
export const remove: Operation<DeleteArgs, RevisedMessage> = operation(...deleting, revisedMessage)

/** {@link react}, with the number of the change. */
export const setReaction: Operation<ReactArgs, RevisedMessage> = operation(...reacting, revisedMessage)
