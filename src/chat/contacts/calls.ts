import type { Paged, PageOptions } from '../../core/page.ts'
import type { CallOptions } from '../../core/run.ts'
import type { Conversation } from '../schema.ts'
import type { ContactRequest, ContactRuleChanges, ContactRules } from './contacts.ts'
import type { WatchedRequests } from './watch-requests.ts'

/** Who can write to you and add you to groups, and the requests of the others. */
export interface Contacts {
  /**
   * Reads your own rules. Without any, everyone can write to you and add you to groups.
   *
   * @throws `not_signed_in`.
   * @example
   * ```ts
   * const { write } = await contacts.getContactRules()
   * ```
   */
  getContactRules(options?: CallOptions): Promise<ContactRules>
  /**
   * Sets who can write to you, and who can add you to groups. You already talk to a user when you wrote in your direct conversation, opened
   * it, or accepted or sent a request. `nobody` counts only what you did since you set it. Groups that you are in do not change.
   *
   * @param rules - `write` and `groups`: `everyone`, `known` or `nobody`. What you leave out stays.
   * @returns All your rules.
   * @throws `rate_limited` after 60 changes in 10 s; `invalid_input`; `not_signed_in`.
   * @example
   * ```ts
   * await contacts.setContactRules({ write: 'known', groups: 'nobody' })
   * ```
   */
  setContactRules(rules: ContactRuleChanges, options?: CallOptions): Promise<ContactRules>
  /**
   * Asks a user whether you can write to them. When that user has asked you, both requests are accepted. A request that waits is not
   * repeated, and one that was declined not within 30 days; you get the same answer, because you do not learn that it was declined. A block by
   * either of you declines it.
   *
   * @param userId - The user's id.
   * @returns `open` when you can write without an answer, else `sent`.
   * @throws `blocked`; `profile_not_found`; `rate_limited` after 20 requests in an hour; `invalid_input` for your own id; `not_signed_in`.
   * @example
   * ```ts
   * if ((await contacts.requestContact(ben.id)) === 'open') await tertulia.chat.getDirect(ben.id)
   * ```
   */
  requestContact(userId: string, options?: CallOptions): Promise<'open' | 'sent'>
  /**
   * Lists the requests that wait for your answer, the latest first, a page at a time. Not among them: requests across a block, and
   * invitations by users who can no longer add people to the group.
   *
   * @param options - `sent`: the requests that you sent and that nobody has accepted. `limit` per page: 1 to 200, default 50. `cursor`: the
   * `nextCursor` of the page before.
   * @throws `invalid_input`, `invalid_cursor`, `not_signed_in`.
   * @example
   * ```ts
   * for await (const { id, user } of contacts.listRequests()) console.log(id, user.displayName)
   * ```
   */
  listRequests(
    options?: {
      /** True lists the requests that you sent. */
      sent?: boolean | undefined
    } & PageOptions &
      CallOptions,
  ): Paged<ContactRequest>
  /**
   * Accepts or declines a request. Of two answers at once the first one counts. The sender does not learn that you declined; block the user to
   * get no further request. The same answer again does nothing.
   *
   * @param requestId - The request's id.
   * @param accept - Whether the user can write to you, or you join the group.
   * @returns The conversation, or null when you declined.
   * @throws `request_not_found` when it was answered otherwise or is gone; `group_full`; `rate_limited` after 60 changes in 10 s;
   * `invalid_input`; `not_signed_in`.
   * @example
   * ```ts
   * for await (const { id } of contacts.listRequests()) await contacts.answerRequest(id, true)
   * ```
   */
  answerRequest(requestId: string, accept: boolean, options?: CallOptions): Promise<Conversation | null>
  /**
   * Holds the newest requests live. A new request shows at once. After a lost connection the handle fetches what it missed. Failures show in
   * the snapshot's `error`. The handle closes when the user signs out.
   *
   * @returns A handle that you close when you no longer need it.
   * @example
   * ```ts
   * const requests = contacts.watchRequests()
   * requests.subscribe(() => console.log(requests.getSnapshot().items.length))
   * requests.close()
   * ```
   */
  watchRequests(): WatchedRequests
}
