import { type ListOperation, listOperation, nothing, type Operation, operation } from '../core/call.ts'
import type { PageOptions } from '../core/page.ts'
import { id, timestamp } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
import { flag, nullable, object, optional, type Reader, row, text } from '../core/shape.ts'
import { type Message, message } from './schema.ts'

/** Why a message is reported. */
export interface ReportReason {
  /** The app's word for it, 1 to 100 characters. */
  reason: string
  /** What the person adds, up to 2,000 characters. */
  note?: string
}

/** A report, as moderators read it. */
export interface Report {
  id: string
  reporterId: string
  reason: string
  note: string
  /** The message as it was when it was reported; null once its sender's account is deleted. */
  reported: Message | null
  /** The message as it is. */
  message: Message
  createdAt: Date
  resolvedAt: Date | null
  resolvedBy: string | null
  /** The note of whoever resolved it. */
  resolution: string | null
}

/** Which reports. */
export interface ListReportsOptions extends PageOptions {
  /** Those that are resolved, in place of those that wait. */
  resolved?: boolean
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
 * Reports a message of one's conversations to the moderators, with a copy of it as it is now. Once a person: again changes
 * nothing.
 *
 * @throws `message_not_found`, `rate_limited`, `invalid_input`, `not_signed_in`.
 * @example
 * ```ts
 * await tertulia.chat.report(message.id, { reason: 'spam' })
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
 * Reports, the newest first, a page at a time; those that wait unless told. For moderators: accounts whose app metadata,
 * which only the service writes, has `role: 'moderator'`.
 *
 * @throws `forbidden`, `invalid_input`, `invalid_cursor`, `not_signed_in`.
 * @example
 * ```ts
 * for await (const { reason, reported } of tertulia.chat.listReports()) console.log(reason, reported?.content)
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
 * Marks a report as dealt with. Of two moderators the first one's word stands. For moderators.
 *
 * @throws `forbidden`, `report_not_found`, `invalid_input`, `not_signed_in`.
 * @example
 * ```ts
 * await tertulia.chat.resolveReport(report.id, { note: 'deleted' })
 * ```
 */
export const resolveReport: Operation<[reportId: string], void, CallOptions & { note?: string }> = operation(
  'chat.resolveReport',
  'resolve_report',
  { reportId: id },
  nothing,
  { note: optional(text()) },
)
