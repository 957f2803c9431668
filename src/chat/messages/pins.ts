import { type ListOperation, listOperation, type Operation, operation } from '../../core/call.ts'
import { id } from '../../core/parse.ts'
import { flag, integer, list, withDefault } from '../../core/shape.ts'
import { type Message, message } from '../schema.ts'

const pinned = withDefault(flag, true)

/**
 * Pins a message for everyone in the conversation, or unpins it. In a direct conversation both users may, in a group owners and admins. A
 * deleted message is unpinned. Doing so again does nothing.
 *
 * @param messageId - The message's id.
 * @param pinned - True by default; false unpins the message.
 * @returns The message after the change.
 * @throws `message_not_found`; `forbidden` for a member of a group; `too_many_pins` above 50 in a conversation; `request_needed`; `blocked`
 * in a direct conversation when one of you blocked the other; `rate_limited` after 60 changes in 10 s; `invalid_input`; `not_signed_in`.
 * @example
 * ```ts
 * const { pinnedAt } = await pinMessage(context, message.id)
 * ```
 */
export const pinMessage: Operation<[messageId: string, pinned?: boolean], Message> = operation(
  'chat.pinMessage',
  'pin_message',
  { messageId: id, pinned },
  message,
  {},
  { turn: 'messageId' },
)

/**
 * Lists the pinned messages of a conversation, at most 50, the one that was pinned last first. `conversation.pinnedSeqs` follows their
 * positions live.
 *
 * @param conversationId - The conversation's id.
 * @throws `conversation_not_found`, `invalid_input`, `not_signed_in`.
 * @example
 * ```ts
 * const [newest] = await listPinned(context, group.id)
 * ```
 */
export const listPinned: Operation<[conversationId: string], Message[]> = operation(
  'chat.listPinned',
  'list_pinned',
  { conversationId: id },
  list(message),
)

/**
 * Lists the replies to a message as a thread, oldest first, a page at a time. Replies to a reply are listed under that reply. Deleted
 * replies are not listed; the message itself may be a deleted one.
 *
 * @param messageId - The id of the message that they reply to.
 * @param options - `limit` per page: 1 to 200, default 50. `cursor`: the `nextCursor` of the page before.
 * @throws `message_not_found`; `invalid_input`; `invalid_cursor`, also for the cursor of another message; `not_signed_in`.
 * @example
 * ```ts
 * const { items } = await listReplies(context, message.id)
 * ```
 */
export const listReplies: ListOperation<[messageId: string], Message> = listOperation(
  'chat.listReplies',
  'list_replies',
  { messageId: id },
  message,
  [['seq', 'afterSeq', integer()]],
)
