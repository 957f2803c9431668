import { type ListOperation, listOperation, nothing, type Operation, operation } from '../../core/call.ts'
import type { PageOptions } from '../../core/page.ts'
import { id, timestamp } from '../../core/parse.ts'
import type { CallOptions } from '../../core/run.ts'
import { flag, nullable, object, optional, type Reader, row, text } from '../../core/shape.ts'
import { type Message, message } from '../schema.ts'

/** Why a message is reported. */
export interface ReportReason {
  /** Your own word for it, 1 to 100 characters. */
  reason: string
  /** What the user adds, at most 2,000 characters. */
  note?: string | undefined
}

/** A report of a message, as moderators read it. */
export interface Report {
  id: string
  /** The id of the user who reported it. */
  reporterId: string
  reason: string
  note: string
  /** The message at the time of the report; null once the account of its sender is deleted. */
  reported: Message | null
  /** The message now. */
  message: Message
  createdAt: Date
  /** When a moderator resolved the report; null while it is open. */
  resolvedAt: Date | null
  /** The id of the moderator who resolved it. */
  resolvedBy: string | null
  /** The moderator's note. */
  resolution: string | null
}

/** Which reports to list. */
export interface ListReportsOptions extends PageOptions {
  /** True lists resolved reports instead of open ones. */
  resolved?: boolean | undefined
}

const report: Reader<Report> = row({
  id,
  reporterId: id,
  reason: text(),
  note: text(),
  reported: (value, path) => (Object.keys(Object(value)).length > 0 ? message(value, path) : null),
  message,
  createdAt: timestamp,
  resolvedAt: nullable(timestamp),
  resolvedBy: nullable(id),
  resolution: nullable(text()),
})

/**
 * Reports a message of one of your conversations to the moderators, with a copy of its present content. Reporting it again does nothing.
 *
 * @param messageId - The message's id.
 * @param reason - `reason` has 1 to 100 characters, `note` at most 2,000.
 * @throws `message_not_found`, `rate_limited` after 10 reports in ten minutes, `account_not_found`, `invalid_input`, `not_signed_in`.
 * @example
 * ```ts
 * await reportMessage(context, message.id, { reason: 'spam' })
 * ```
 */
export const reportMessage: Operation<[messageId: string, reason: ReportReason], void> = operation(
  'chat.report',
  'report_message',
  { messageId: id, reason: object({ reason: text(), note: optional(text()) }) },
  nothing,
  {},
  { toArguments: ({ messageId, reason }) => ({ messageId, ...reason }) },
)

/**
 * Lists open reports of messages, the newest first, a page at a time. For moderators: accounts with `role: 'moderator'` in their app
 * metadata, which only the service role writes.
 *
 * @param options - `resolved`: resolved reports instead of open ones. `limit` per page: 1 to 200, default 50. `cursor`: the `nextCursor` of the page before.
 * @throws `forbidden` unless you are a moderator, `account_not_found`, `invalid_input`, `invalid_cursor`, `not_signed_in`.
 * @example
 * ```ts
 * for await (const { reason, reported } of listReports(context)) console.log(reason, reported?.content)
 * ```
 */
export const listReports: ListOperation<[], Report, ListReportsOptions & CallOptions> = listOperation(
  'chat.listReports',
  'list_reports',
  {},
  report,
  [
    ['created_at', 'beforeAt', text()],
    ['id', 'beforeId', id],
  ],
  { resolved: optional(flag) },
)

/**
 * Marks a report as resolved. When two moderators do so, the first note stays. For moderators.
 *
 * @param reportId - The report's id.
 * @param options - `note`: what was done about it, up to 2,000 characters.
 * @throws `forbidden` unless you are a moderator, `report_not_found`, `account_not_found`, `invalid_input`, `not_signed_in`.
 * @example
 * ```ts
 * const { items } = await listReports(context)
 * for (const { id } of items) await resolveReport(context, id, { note: 'deleted' })
 * ```
 */
export const resolveReport: Operation<[reportId: string], void, CallOptions & { note?: string | undefined }> =
  operation('chat.resolveReport', 'resolve_report', { reportId: id }, nothing, { note: optional(text()) })
