import { type Operation, operation } from '../../core/call.ts'
import { id } from '../../core/parse.ts'
import { type Person, personFields } from '../../core/person.ts'
import type { CallOptions } from '../../core/run.ts'
import { integer, list, nullable, oneOf, optional, type Reader, row, text } from '../../core/shape.ts'
import { type Message, message } from '../schema.ts'

/** A new message, and the users to notify. */
export interface Undelivered {
  message: Message
  conversation: { id: string; kind: 'direct' | 'group'; subject: string | null }
  sender: Person
  /** Participants who have not sent, read or muted it, and who did not block the sender. */
  recipients: string[]
}

/** Where to continue, and how many messages to list. */
export interface ListUndeliveredOptions {
  /** `nextId` of the call before; leave it out for the first call. */
  afterId?: number | undefined
  /** How many messages at most: 1 to 1,000, default 100. */
  limit?: number | undefined
}

const undelivered: Reader<{ items: Undelivered[]; nextId: number }> = row({
  items: list(
    row({
      message,
      conversation: row({ id, kind: oneOf('direct', 'group'), subject: nullable(text()) }),
      sender: row(personFields, { id: 'user_id' }),
      recipients: list(id),
    }),
  ),
  nextId: integer(),
})

/**
 * Lists new messages with the recipients to notify, for push notifications on a server with the secret key. Messages come in the order of
 * transactions, and none is skipped.
 *
 * @param options - `afterId`: the `nextId` of the call before. `limit`: 1 to 1,000 messages, default 100.
 * @returns Messages, and the `nextId` to pass to the next call.
 * @throws `forbidden` without the secret key, `invalid_input`.
 * @example
 * ```ts
 * const { items, nextId } = await listUndelivered(context, { limit: 500 })
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
 * Empties messages of deleted accounts with more than 2,000 messages, one batch of one conversation a call. For a server with the secret
 * key, such as a cron job. Call it until `remaining` is 0.
 *
 * @param options - `batch`: 1 to 10,000 messages.
 * @throws `forbidden` without the secret key, `invalid_input`.
 * @example
 * ```ts
 * while ((await emptyDeletedAccounts(context)).remaining > 0);
 * ```
 */
export const emptyDeletedAccounts: Operation<
  [],
  { emptied: number; remaining: number },
  CallOptions & { batch?: number | undefined }
> = operation(
  'chat.emptyDeletedAccounts',
  'empty_deleted_accounts',
  {},
  row({ emptied: integer(), remaining: integer() }),
  { batch: optional(integer(1, 10_000)) },
)
