import type { Paged, PageOptions } from '../../core/page.ts'
import type { CallOptions } from '../../core/run.ts'
import type { Share, ShareTarget } from '../schema.ts'
import type { AccessRequest, SentAccessRequest } from './requests.ts'

/** Requests for access to a song or setlist whose id a user has, for example from an address. */
export interface Requests {
  /**
   * Asks the owner of a song or setlist for access. The owner gets a notice, and the request ends after 30 days. Asking again before that
   * does nothing, whatever the owner answered.
   *
   * The call succeeds for every id, so that it does not reveal what exists.
   *
   * @param target - The song's id, or `{ setlistId }`.
   * @param words - `message`: 1 to 1,000 characters.
   * @throws `invalid_input`, `rate_limited` after 20 requests in a day, `account_not_found`, `not_signed_in`.
   * @example
   * ```ts
   * await requests.askOwner(id, { message: 'We rehearse this on Friday.' })
   * ```
   */
  askOwner(
    target: ShareTarget,
    words?: { message?: string | undefined },
    options?: CallOptions,
  ): Promise<void>
  /**
   * Lists open requests for access to songs and setlists of your own, the latest first.
   *
   * @param options - `limit` per page: 1 to 200, default 50. `cursor`: the `nextCursor` of the page before.
   * @throws `invalid_input`, `invalid_cursor`, `account_not_found`, `not_signed_in`.
   * @example
   * ```ts
   * for await (const { title, requestedBy } of requests.list()) console.log(title, requestedBy.displayName)
   * ```
   */
  list(options?: PageOptions & CallOptions): Paged<AccessRequest>
  /**
   * Lists your own requests, the latest first. A declined request looks like one that waits.
   *
   * @param options - `limit` per page: 1 to 200, default 50. `cursor`: the `nextCursor` of the page before.
   * @throws `invalid_input`, `invalid_cursor`, `account_not_found`, `not_signed_in`.
   * @example
   * ```ts
   * const { items } = await requests.listSentRequests()
   * ```
   */
  listSentRequests(options?: PageOptions & CallOptions): Paged<SentAccessRequest>
  /**
   * Grants a request with a share, which the user who asked accepts like any other. For the owner.
   *
   * @param requestId - The request's id.
   * @param role - The role to give.
   * @returns The share.
   * @throws `request_not_found` if it was answered or withdrawn, or is for something of another user; `blocked`; `profile_not_found` if the
   * account was deleted; `invalid_input`; `rate_limited`; `not_signed_in`.
   * @example
   * ```ts
   * const { items } = await requests.list()
   * for (const { id } of items) await requests.grant(id, 'view')
   * ```
   */
  grant(requestId: string, role: Share['role'], options?: CallOptions): Promise<Share>
  /**
   * Declines a request. The user who asked is not told. For the owner.
   *
   * @param requestId - The request's id.
   * @throws `request_not_found`, `invalid_input`, `not_signed_in`.
   * @example
   * ```ts
   * const { items } = await requests.list()
   * for (const { id } of items) await requests.decline(id)
   * ```
   */
  decline(requestId: string, options?: CallOptions): Promise<void>
  /**
   * Takes a request of yours back. Does nothing if it was answered.
   *
   * @param requestId - The request's id.
   * @throws `invalid_input`, `account_not_found`, `not_signed_in`.
   * @example
   * ```ts
   * for await (const { id, state } of requests.listSentRequests()) if (state === 'pending') await requests.withdraw(id)
   * ```
   */
  withdraw(requestId: string, options?: CallOptions): Promise<void>
}
