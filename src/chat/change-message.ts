import { type Operation, operation } from '../core/call.ts'
import { id } from '../core/parse.ts'
import { flag, isObject, json, type Reader, text, withDefault } from '../core/shape.ts'
import type { Json } from '../database.types.ts'
import { type Message, type MessageChanges, message, type RevisedMessage, revisedMessage } from './schema.ts'

type Edit<T> = Operation<[messageId: string, changes: string | MessageChanges], T>
type Delete<T> = Operation<[messageId: string], T>
type React<T> = Operation<[messageId: string, emoji: string, present?: boolean], T>

/** Of two changes of one message the later one wins, also when its request is the faster one. */
const inOrder = { turn: 'messageId' } as const

/** What to change of a message; a text is its content. The database knows which fields there are. */
const changes = ((value, path) =>
  isObject(value) ? json(value, path) : { content: text()(value, 'content') }) as Reader<Json>

/* @__NO_SIDE_EFFECTS__ */
function editing<T>(reader: Reader<T>, how?: typeof inOrder): Edit<T> {
  const fields = { messageId: id, changes }
  return operation('chat.editMessage', 'edit_message', fields, reader, {}, how)
}

/* @__NO_SIDE_EFFECTS__ */
function deleting<T>(reader: Reader<T>, how?: typeof inOrder): Delete<T> {
  return operation('chat.deleteMessage', 'delete_message', { messageId: id }, reader, {}, how)
}

const present = withDefault(flag, true)

/* @__NO_SIDE_EFFECTS__ */
function reacting<T>(reader: Reader<T>, how?: typeof inOrder): React<T> {
  const fields = { messageId: id, emoji: text(), present }
  return operation('chat.react', 'react', fields, reader, {}, how)
}

/**
 * Changes your own message, up to 24 hours after it was sent: its text, or any of text, mentions, attachments and metadata. A field that
 * you give replaces the whole field; the others stay, also when another device changes them at the same moment. A file that you no
 * longer list is removed. Edits, deletions and reactions of one message are made in the order of the calls: of two edits in haste the
 * later one stands.
 *
 * @throws `message_not_found`, `forbidden`, `too_late`, `blocked`, `rate_limited`, `not_signed_in`, `invalid_input`.
 * @example
 * ```ts
 * await tertulia.chat.editMessage(message.id, 'What I meant to say')
 * await tertulia.chat.editMessage(message.id, { mentions: [userId], attachments: [] })
 * ```
 */
export const editMessage: Edit<Message> = editing(message, inOrder)

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
export const deleteMessage: Delete<Message> = deleting(message, inOrder)

/**
 * Reacts to a message with an emoji, or takes that back when `present` is false. Doing it again changes nothing. Of two calls in haste
 * the later one stands.
 *
 * @throws `message_not_found`, `too_many_reactions`, `blocked`, `rate_limited`, `not_signed_in`, `invalid_input`.
 * @example
 * ```ts
 * await tertulia.chat.react(message.id, '🎸')
 * await tertulia.chat.react(message.id, '🎸', false)
 * ```
 */
export const react: React<Message> = reacting(message, inOrder)

/** {@link editMessage}, with the number of the change, and in no order. */
export const edit: Edit<RevisedMessage> = editing(revisedMessage)

/** {@link deleteMessage}, with the number of the change, and in no order. */
export const remove: Delete<RevisedMessage> = deleting(revisedMessage)

/** {@link react}, with the number of the change, and in no order. */
export const setReaction: React<RevisedMessage> = reacting(revisedMessage)
