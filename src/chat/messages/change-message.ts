import { type Operation, operation } from '../../core/call.ts'
import { id } from '../../core/parse.ts'
import { flag, isObject, json, type Reader, text, withDefault } from '../../core/shape.ts'
import type { Json } from '../../database.types.ts'
import { type Message, message, type RevisedMessage, revisedMessage } from '../schema.ts'
import type { MessageChanges } from './new-message.ts'

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
 * Changes your own message, up to 24 hours after you sent it: its text, or any of text, mentions, attachments and metadata. A
 * field that you give replaces the whole field; the others stay, also when another device changes them. Edits, deletions and
 * reactions of one message run in the order of your calls.
 *
 * @param messageId - The message's id.
 * @param changes - The new text, or an object of the fields to change.
 * @returns The message after the change.
 * @throws `message_not_found`; `forbidden` for another user's message, and for a member of an announcement group; `too_late` after 24
 * hours; `blocked` in a direct conversation when one of you blocked the other; `rate_limited` after 60 edits and reactions in 10 s;
 * `invalid_input`; `not_signed_in`.
 * @example
 * ```ts
 * await editMessage(context, message.id, 'What I meant to say')
 * await editMessage(context, message.id, { mentions: [ben.id], attachments: [] })
 * ```
 */
export const editMessage: Edit<Message> = editing(message, inOrder)

/**
 * Deletes a message for everyone. It keeps its position, with empty content. You can delete your own messages; owners and admins of a
 * group, and moderators, can delete any. Deleting again does nothing.
 *
 * @param messageId - The message's id.
 * @returns The emptied message.
 * @throws `message_not_found`, `forbidden` for a message that you may not delete, `account_not_found`, `invalid_input`, `not_signed_in`.
 * @example
 * ```ts
 * await deleteMessage(context, message.id)
 * ```
 */
export const deleteMessage: Delete<Message> = deleting(message, inOrder)

/**
 * Adds your reaction to a message, or removes it when `present` is false. Doing so again does nothing. Reactions of one message run in the
 * order of your calls.
 *
 * @param messageId - The message's id.
 * @param emoji - One emoji. A message has at most 20 different ones.
 * @param present - True by default; false removes the reaction.
 * @returns The message after the change.
 * @throws `message_not_found`; `too_many_reactions`; `blocked` in a direct conversation when one of you blocked the other; `rate_limited`
 * after 60 edits and reactions in 10 s; `invalid_input` when `emoji` is not one emoji; `not_signed_in`.
 * @example
 * ```ts
 * await react(context, message.id, '🎸')
 * ```
 */
export const react: React<Message> = reacting(message, inOrder)

/** {@link editMessage}, with the number of the change, and in no order. */
export const edit: Edit<RevisedMessage> = editing(revisedMessage)

/** {@link deleteMessage}, with the number of the change, and in no order. */
export const remove: Delete<RevisedMessage> = deleting(revisedMessage)

/** {@link react}, with the number of the change, and in no order. */
export const setReaction: React<RevisedMessage> = reacting(revisedMessage)
