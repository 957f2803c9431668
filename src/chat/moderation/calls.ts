import type { Paged } from '../../core/page.ts'
import type { CallOptions } from '../../core/run.ts'
import type { BlockedPerson } from './blocks.ts'
import type { ListReportsOptions, Report, ReportReason } from './reports.ts'

/** Calls that block users and report messages. */
export interface SafetyCalls {
  /**
   * Blocks a user. In your direct conversation neither of you can send, edit, react or type, and neither can add the other to a group. Shared
   * groups are unaffected. Only you can see the block. Blocking again does nothing.
   *
   * @param userId - The user's id.
   * @throws `profile_not_found`, `rate_limited` after 60 blocks in an hour, `invalid_input` for your own id, `not_signed_in`.
   * @example
   * ```ts
   * await tertulia.chat.block(ben.id)
   * ```
   */
  block(userId: string, options?: CallOptions): Promise<void>
  /**
   * Unblocks a user. Does nothing if you have not blocked the user.
   *
   * @param userId - The user's id.
   * @throws `invalid_input` for an id that is not a UUID, `not_signed_in`.
   * @example
   * ```ts
   * await tertulia.chat.unblock(ben.id)
   * ```
   */
  unblock(userId: string, options?: CallOptions): Promise<void>
  /**
   * Lists the users whom you blocked, the latest first.
   *
   * @throws `not_signed_in`.
   * @example
   * ```ts
   * const blocked = new Set((await tertulia.chat.listBlocks()).map(({ id }) => id))
   * ```
   */
  listBlocks(options?: CallOptions): Promise<BlockedPerson[]>
  /**
   * Reports a message of one of your conversations to the moderators, with a copy of its present content. Reporting it again does nothing.
   *
   * @param messageId - The message's id.
   * @param reason - `reason` has 1 to 100 characters, `note` at most 2,000.
   * @throws `message_not_found`, `rate_limited` after 10 reports in ten minutes, `account_not_found`, `invalid_input`, `not_signed_in`.
   * @example
   * ```ts
   * await tertulia.chat.report(message.id, { reason: 'spam' })
   * ```
   */
  report(messageId: string, reason: ReportReason, options?: CallOptions): Promise<void>
  /**
   * Lists open reports of messages, the newest first, a page at a time. For moderators: accounts with `role: 'moderator'` in their app
   * metadata, which only the service role writes.
   *
   * @param options - `resolved`: resolved reports instead of open ones. `limit` per page: 1 to 200, default 50. `cursor`: the `nextCursor` of the page before.
   * @throws `forbidden` unless you are a moderator, `account_not_found`, `invalid_input`, `invalid_cursor`, `not_signed_in`.
   * @example
   * ```ts
   * for await (const { reason, reported } of tertulia.chat.listReports()) console.log(reason, reported?.content)
   * ```
   */
  listReports(options?: ListReportsOptions & CallOptions): Paged<Report>
  /**
   * Marks a report as resolved. When two moderators do so, the first note stays. For moderators.
   *
   * @param reportId - The report's id.
   * @param options - `note`: what was done about it, up to 2,000 characters.
   * @throws `forbidden` unless you are a moderator, `report_not_found`, `account_not_found`, `invalid_input`, `not_signed_in`.
   * @example
   * ```ts
   * const { items } = await tertulia.chat.listReports()
   * for (const { id } of items) await tertulia.chat.resolveReport(id, { note: 'deleted' })
   * ```
   */
  resolveReport(
    reportId: string,
    options?: {
      /** What was done about it, up to 2,000 characters. */
      note?: string | undefined
    } & CallOptions,
  ): Promise<void>
}
