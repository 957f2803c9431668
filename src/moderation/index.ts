import { bind } from '../core/bind.ts'
import { type ListOperation, listOperation, nothing, type Operation, operation } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import type { Paged, PageOptions } from '../core/page.ts'
import { id, timestamp } from '../core/parse.ts'
import { type Person, person } from '../core/person.ts'
import type { CallOptions } from '../core/run.ts'
import { flag, nullable, object, oneOf, optional, type Reader, record, row, text } from '../core/shape.ts'

export type { AnySupabaseClient, Context, OperationReport, TertuliaOptions } from '../core/context.ts'
export { createContext } from '../core/create-context.ts'
export { isTertuliaError, TertuliaError } from '../core/error.ts'
export type { ErrorCode } from '../core/error-codes.ts'
export type { Page, Paged, PageOptions } from '../core/page.ts'
export type { Person } from '../core/person.ts'
export type { CallOptions } from '../core/run.ts'
export type { KeyValueStorage } from '../core/storage.ts'
export type { Lifecycle } from '../live/lifecycle.ts'

/** The kinds of content that you can report here. `chat.report` reports messages. */
export type ReportedKind = 'profile' | 'song' | 'share' | 'review' | 'comment'

/** Why something is reported. */
export interface ContentReportReason {
  /** Your own word for it, 1 to 100 characters. */
  reason: string
  /** What the user adds, at most 2,000 characters. */
  note?: string | undefined
}

/** A report, as moderators read it. */
export interface ContentReport {
  id: string
  /** The kind of the reported content. */
  kind: ReportedKind
  /** The id of the profile, song, share, review or comment. */
  subjectId: string
  /** Whose profile or song it is, or who wrote the message of the share, the comment, the review or its answer. */
  owner: Person
  /** The user who reported it. */
  reporter: Person
  reason: string
  /** The note of the reporter. */
  note: string
  /**
   * What was reported, as it was then, with the database's names of its fields; null once the owner's account is deleted. A profile has
   * `handle`, `display_name`, `bio`, …, a song `title`, `content`, …, a share `title`, `message`, `role`, a review `rating`,
   * `content`, or its `answer`, a comment `content`.
   */
  reported: Record<string, unknown> | null
  createdAt: Date
  /** When a moderator resolved the report; null while it is open. */
  resolvedAt: Date | null
  /** The id of the moderator who resolved it. */
  resolvedBy: string | null
  /** The note of the moderator who resolved it. */
  resolution: string | null
}

const anything: Reader<unknown> = (value) => value
const fields = record(anything)
const report: Reader<ContentReport> = row({
  id,
  kind: text() as Reader<never>,
  subjectId: id,
  owner: person,
  reporter: person,
  reason: text(),
  note: text(),
  reported: (value, path) => {
    const read = fields(value, path)
    return Object.keys(read).length > 0 ? read : null
  },
  createdAt: timestamp,
  resolvedAt: nullable(timestamp),
  resolvedBy: nullable(id),
  resolution: nullable(text()),
})

const reportContent: Operation<[kind: ReportedKind, subjectId: string, reason: ContentReportReason], void> =
  operation(
    'moderation.report',
    'report_content',
    {
      kind: oneOf<ReportedKind>('profile', 'song', 'share', 'review', 'comment'),
      subjectId: id,
      reason: object({ reason: text(), note: optional(text()) }),
    },
    nothing,
    {},
    { toArguments: ({ kind, subjectId, reason }) => ({ kind, subjectId, ...reason }) },
  )
const listReports: ListOperation<
  [],
  ContentReport,
  PageOptions & { resolved?: boolean | undefined } & CallOptions
> = listOperation(
  'moderation.listReports',
  'list_content_reports',
  {},
  report,
  [
    ['created_at', 'beforeAt', text()],
    ['id', 'beforeId', id],
  ],
  { resolved: optional(flag) },
)
const resolveReport: Operation<[reportId: string], void, CallOptions & { note?: string | undefined }> =
  operation('moderation.resolveReport', 'resolve_content_report', { reportId: id }, nothing, {
    note: optional(text()),
  })

/** Reports of profiles, songs, shares, reviews and comments. */
export interface Moderation {
  /**
   * Reports a profile, song, share, review or comment to the moderators, with a copy of its present content. Who wrote a review reports its
   * answer. Reporting it again does nothing. You can report a song, a share or a comment for a week after you were removed.
   *
   * @param kind - What you report.
   * @param subjectId - The id of the profile, song, share, review or comment.
   * @param reason - `reason` has 1 to 100 characters, `note` at most 2,000.
   * @throws `profile_not_found`, `song_not_found`, `share_not_found`, `review_not_found` and `comment_not_found` when you may not see it; `invalid_input` when it is your own;
   * `rate_limited` after 10 reports in ten minutes; `account_not_found`; `not_signed_in`.
   * @example
   * ```ts
   * await moderation.report('song', song.id, { reason: 'copyright' })
   * ```
   */
  report(
    kind: ReportedKind,
    subjectId: string,
    reason: ContentReportReason,
    options?: CallOptions,
  ): Promise<void>
  /**
   * Lists open reports, the newest first, a page at a time. For moderators: accounts with `role: 'moderator'` in their app metadata, which
   * only the service role writes.
   *
   * @param options - `resolved`: resolved reports instead of open ones. `limit` per page: 1 to 200, default 50. `cursor`: the
   * `nextCursor` of the page before.
   * @throws `forbidden`, `invalid_input`, `invalid_cursor`, `not_signed_in`.
   * @example
   * ```ts
   * for await (const { kind, reason, reported } of moderation.listReports()) console.log(kind, reason, reported)
   * ```
   */
  listReports(
    options?: {
      /** True lists resolved reports instead of open ones. */
      resolved?: boolean | undefined
    } & PageOptions &
      CallOptions,
  ): Paged<ContentReport>
  /**
   * Marks a report as resolved. When two moderators do so, the first note stays. For moderators.
   *
   * @param reportId - The report's id.
   * @param options - `note`: what was done about it, up to 2,000 characters.
   * @throws `forbidden` unless you are a moderator, `report_not_found`, `account_not_found`, `invalid_input`, `not_signed_in`.
   * @example
   * ```ts
   * const { items } = await moderation.listReports()
   * for (const { id } of items) await moderation.resolveReport(id, { note: 'removed' })
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

/**
 * Creates the calls about reports of profiles, songs and shares: users report, and moderators read. `chat.report` reports messages.
 *
 * @param context - From `createContext`. Domains on one context share a connection.
 * @example
 * ```ts
 * import { createContext, createModeration } from 'tertulia/moderation'
 *
 * const moderation = createModeration(createContext(supabase))
 * await moderation.report('profile', ben.id, { reason: 'impersonation' })
 * ```
 */
export const createModeration = (context: Context): Moderation =>
  bind(context, { report: reportContent, listReports, resolveReport })
