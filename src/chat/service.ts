import { type Operation, operation } from '../core/call.ts'
import { id } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
import { integer, list, nullable, oneOf, optional, type Reader, row, text } from '../core/shape.ts'
import { type Message, message } from './schema.ts'

/** A message that people should be told of. */
export interface Undelivered {
  message: Message
  conversation: { id: string; kind: 'direct' | 'group'; subject: string | null }
  sender: { userId: string; handle: string | null; displayName: string }
  /** In the conversation, not the sender, not muted, have not read it, did not block the sender. */
  recipients: string[]
}

/** Where to go on, and how far at once. */
export interface ListUndeliveredOptions {
  /** `nextId` of the answer before; from the beginning without it. */
  afterId?: number
  /** Messages at once, 1 to 1,000; 100 unless told. */
  limit?: number
}

const undelivered: Reader<{ items: Undelivered[]; nextId: number }> = row({
  items: list(
    row({
      message,
      conversation: row({ id, kind: oneOf('direct', 'group'), subject: nullable(text()) }),
      sender: row({ userId: id, handle: nullable(text()), displayName: text() }),
      recipients: list(id),
    }),
  ),
  nextId: integer(),
})

/**
 * The feed for push notifications: each new message with the people to be told, in the order of transactions, none skipped.
 * Keep `nextId` and go on from there. For a client with the project's secret key.
 *
 * @throws `forbidden` for anybody else, `invalid_input`.
 * @example
 * ```ts
 * const { items, nextId } = await tertulia.chat.listUndelivered({ afterId })
 * for (const { message, recipients } of items) await push(recipients, message.content)
 * ```
 */
export const listUndelivered: Operation<
  [],
  { items: Undelivered[]; nextId: number },
  ListUndeliveredOptions & CallOptions
> = operation('chat.listUndelivered', 'list_undelivered', {}, undelivered, {
  afterId: optional(integer(0)),
  limit: optional(integer(1, 1_000)),
})

/**
 * Empties messages of deleted accounts that were too many to be emptied with the account: a batch of one conversation.
 * Call it until `remaining` is 0, for instance from a cron job. For a client with the project's secret key.
 *
 * @throws `forbidden` for anybody else, `invalid_input`.
 * @example
 * ```ts
 * while ((await tertulia.chat.emptyDeletedAccounts()).remaining > 0);
 * ```
 */
export const emptyDeletedAccounts: Operation<
  [],
  { emptied: number; remaining: number },
  CallOptions & { batch?: number }
> = operation(
  'chat.emptyDeletedAccounts',
  'empty_deleted_accounts',
  {},
  row({ emptied: integer(), remaining: integer() }),
  { batch: optional(integer(1, 10_000)) },
)
