import type { CallOptions } from '../../core/run.ts'
import type { ListUndeliveredOptions, Undelivered } from './service.ts'

/** Calls for servers that hold the secret key. */
export interface ServiceCalls {
  /**
   * Lists new messages with the recipients to notify, for push notifications on a server with the secret key. Messages come in the order of
   * transactions, and none is skipped.
   *
   * @param options - `afterId`: the `nextId` of the call before. `limit`: 1 to 1,000 messages, default 100.
   * @returns Messages, and the `nextId` to pass to the next call.
   * @throws `forbidden` without the secret key, `invalid_input`.
   * @example
   * ```ts
   * const { items, nextId } = await tertulia.chat.listUndelivered({ limit: 500 })
   * for (const { message, recipients } of items) console.log(recipients, message.content)
   * ```
   */
  listUndelivered(
    options?: ListUndeliveredOptions & CallOptions,
  ): Promise<{ items: Undelivered[]; nextId: number }>
  /**
   * Empties messages of deleted accounts with more than 2,000 messages, one batch of one conversation a call. For a server with the secret
   * key, such as a cron job. Call it until `remaining` is 0.
   *
   * @param options - `batch`: 1 to 10,000 messages.
   * @throws `forbidden` without the secret key, `invalid_input`.
   * @example
   * ```ts
   * while ((await tertulia.chat.emptyDeletedAccounts()).remaining > 0);
   * ```
   */
  emptyDeletedAccounts(
    options?: {
      /** How many messages at most, 1 to 10,000. */
      batch?: number | undefined
    } & CallOptions,
  ): Promise<{ emptied: number; remaining: number }>
}
