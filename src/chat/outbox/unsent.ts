import type { Context } from '../../core/context.ts'
import { requireIdentity, whoIsThere } from '../../core/identity.ts'
import { calledWith, id, parseInput } from '../../core/parse.ts'
import { flag, optional } from '../../core/shape.ts'
import { type PendingMessage, toPending } from '../messages/new-message.ts'
import { sharedOf } from '../shared.ts'

/** Which unsent messages to list. */
export interface ListUnsentOptions {
  /** Only messages of this conversation. */
  conversationId?: string | undefined
}

/** Which unsent messages to remove. */
export interface DiscardUnsentOptions extends ListUnsentOptions {
  /** Only this message. */
  messageId?: string | undefined
  /** The messages of every user of this device, also when no user is signed in. */
  everyone?: boolean | undefined
}

const ofConversation = { conversationId: optional(id) }
const listInput = calledWith({}, ofConversation)
const discardInput = calledWith({}, { ...ofConversation, messageId: optional(id), everyone: optional(flag) })

async function readUnsent(context: Context, operation: string, everyone?: boolean) {
  const { outbox } = sharedOf(context)
  const userId = everyone ? undefined : (await requireIdentity(context, operation, whoIsThere)).userId
  await outbox.read()
  return { outbox, userId }
}

/**
 * Lists your messages that this device has not sent yet, waiting and failed, in the order of sending. It needs no network and no open
 * conversation, and includes conversations that you have left.
 *
 * @param options - `conversationId`: only messages of that conversation.
 * @throws `not_signed_in`, `invalid_input`.
 * @example
 * ```ts
 * const failed = (await listUnsent(context)).filter(({ status }) => status === 'failed')
 * ```
 */
export async function listUnsent(context: Context, options?: ListUnsentOptions): Promise<PendingMessage[]> {
  const operation = 'chat.listUnsent'
  const { conversationId } = parseInput(operation, listInput, [options])
  const { outbox, userId } = await readUnsent(context, operation)
  return outbox.list({ userId, conversationId }).map(toPending)
}

/**
 * Removes your unsent messages from this device: all, those of one conversation, or one message; with a cache also the edits, reactions
 * and other writes that wait there. A message that is being sent may still arrive.
 *
 * @param options - `conversationId` or `messageId` narrow it. `everyone` removes the messages of every user of this device and works after a
 * sign-out.
 * @returns How many were removed.
 * @throws `not_signed_in` unless you pass `everyone`, `invalid_input`.
 * @example
 * ```ts
 * await discardUnsent(context, { conversationId: group.id })
 * ```
 */
export async function discardUnsent(context: Context, options?: DiscardUnsentOptions): Promise<number> {
  const operation = 'chat.discardUnsent'
  const { conversationId, messageId, everyone } = parseInput(operation, discardInput, [options])
  const { outbox, userId } = await readUnsent(context, operation, everyone)
  const ids = outbox
    .list({ userId, conversationId, writes: true })
    .map((one) => one.id)
    .filter((one) => !messageId || one === messageId)
  await outbox.discard(ids)
  return ids.length
}
