import type { Context } from '../core/context.ts'
import { requireIdentity, whoIsThere } from '../core/identity.ts'
import { calledWith, id, parseInput } from '../core/parse.ts'
import { flag, optional } from '../core/shape.ts'
import { type PendingMessage, toPending } from './schema.ts'
import { sharedOf } from './shared.ts'

/** Which unsent messages to list. */
export interface ListUnsentOptions {
  /** Only those of this conversation. */
  conversationId?: string
}

/** Which unsent messages to remove. */
export interface DiscardUnsentOptions extends ListUnsentOptions {
  /** Only this message. */
  messageId?: string
  /** Those of every user of this device, also when nobody is signed in. */
  everyone?: boolean
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
 * Lists the messages of the user that this device has not sent yet, waiting and failed, in the order of sending. It needs no network
 * and no open conversation, and includes conversations that the user has left.
 *
 * @throws `not_signed_in`, `invalid_input`.
 * @example
 * ```ts
 * const failed = (await tertulia.chat.listUnsent()).filter(({ status }) => status === 'failed')
 * ```
 */
export async function listUnsent(context: Context, options?: ListUnsentOptions): Promise<PendingMessage[]> {
  const operation = 'chat.listUnsent'
  const { conversationId } = parseInput(operation, listInput, [options])
  const { outbox, userId } = await readUnsent(context, operation)
  return outbox.list({ userId, conversationId }).map(toPending)
}

/**
 * Removes unsent messages of the user from this device: all, those of one conversation, or one message. With `everyone` it removes
 * those of every user of this device, and works after a sign-out too. A message that is being sent may arrive all the same.
 *
 * @returns How many were removed.
 * @throws `not_signed_in`, `invalid_input`.
 * @example
 * ```ts
 * await tertulia.chat.discardUnsent({ messageId: failed.id })
 * await tertulia.chat.discardUnsent({ everyone: true })
 * ```
 */
export async function discardUnsent(context: Context, options?: DiscardUnsentOptions): Promise<number> {
  const operation = 'chat.discardUnsent'
  const { conversationId, messageId, everyone } = parseInput(operation, discardInput, [options])
  const { outbox, userId } = await readUnsent(context, operation, everyone)
  const ids = outbox
    .list({ userId, conversationId })
    .map((one) => one.id)
    .filter((one) => !messageId || one === messageId)
  await outbox.discard(ids)
  return ids.length
}
