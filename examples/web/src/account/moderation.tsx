import { type FormEvent, useState } from 'react'
import { usePages } from 'tertulia/react'
import { moderation, people, tertulia } from '../client.ts'
import { Heading } from '../shell/heading.tsx'
import { linkTo } from '../shell/use-route.ts'
import { Failure } from '../ui/failure.tsx'
import { Moment } from '../ui/moment.tsx'
import { useAttempt } from '../ui/use-attempt.ts'
import { useWords } from '../words/index.ts'

/** The open and the resolved reports, for moderators. */
export function Moderation() {
  const t = useWords()
  const [resolved, setResolved] = useState(false)
  const messages = usePages(tertulia.chat, `messages ${resolved}`, (cursor, signal) =>
    tertulia.chat.listReports({ resolved, cursor, signal }),
  )
  const content = usePages(tertulia.profiles, `content ${resolved}`, (cursor, signal) =>
    moderation.listReports({ resolved, cursor, signal }),
  )
  const error = messages.error ?? content.error
  const isEmpty = messages.first && content.first && messages.items.length + content.items.length === 0
  const textOf = (reported: Record<string, unknown> | null) =>
    String(reported?.title ?? reported?.display_name ?? reported?.content ?? reported?.message ?? '')
  return (
    <main className="page" tabIndex={-1}>
      <header className="page-head">
        <Heading title={t.moderation} />
        <div className="choices">
          {([false, true] as const).map((one) => (
            <button
              key={String(one)}
              type="button"
              aria-pressed={one === resolved}
              onClick={() => setResolved(one)}
            >
              {one ? t.resolved : t.open}
            </button>
          ))}
        </div>
      </header>
      {error && <Failure error={error} />}
      {isEmpty && <p className="empty">{t.noReports}</p>}
      <ul className="cards">
        {messages.items.map((report) => (
          <li key={report.id} className="card">
            <ReportOf
              {...report}
              kind="message"
              text={report.reported?.content ?? report.message.content}
              resolve={(note) => tertulia.chat.resolveReport(report.id, { note })}
              onResolved={messages.reload}
            />
          </li>
        ))}
        {content.items.map((report) => (
          <li key={report.id} className="card">
            <ReportOf
              {...report}
              text={`${report.owner.displayName}: ${textOf(report.reported)}`}
              href={
                report.kind === 'song'
                  ? linkTo('songs', report.subjectId)
                  : report.kind === 'profile'
                    ? linkTo('people', report.subjectId)
                    : undefined
              }
              {...(report.kind === 'review' ? { hide: () => people.hideReview(report.subjectId) } : {})}
              resolve={(note) => moderation.resolveReport(report.id, { note })}
              onResolved={content.reload}
            />
          </li>
        ))}
      </ul>
    </main>
  )
}

interface ReportProps {
  kind: 'message' | 'profile' | 'song' | 'share' | 'review' | 'comment'
  text: string
  reason: string
  note: string
  createdAt: Date
  resolvedAt: Date | null
  resolution: string | null
  href?: string | undefined
  /** Takes a review off the profile. */
  hide?(): Promise<void>
  resolve(note: string): Promise<void>
  onResolved(): void
}

function ReportOf(report: ReportProps) {
  const t = useWords()
  const { kind, text, reason, note, createdAt, resolvedAt, resolution, href } = report
  const { failure, busy, attempt } = useAttempt()
  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const answer = String(new FormData(event.currentTarget).get('note')).trim()
    if (await attempt(() => report.resolve(answer))) report.onResolved()
  }
  return (
    <span>
      <small>
        {t.reportKinds[kind]} · {(t.reportReasons as Record<string, string>)[reason] ?? reason} ·{' '}
        <Moment date={createdAt} />
      </small>
      <strong>{href ? <a href={href}>{text}</a> : text}</strong>
      {note && <span>{note}</span>}
      {resolvedAt ? (
        <small>{resolution}</small>
      ) : (
        <form className="inline" onSubmit={submit}>
          <input name="note" aria-label={t.whatWasDone} placeholder={t.whatWasDone} maxLength={2000} />
          {report.hide && (
            <button type="button" disabled={busy} onClick={() => attempt(async () => report.hide?.())}>
              {t.hideReview}
            </button>
          )}
          <button type="submit" disabled={busy}>
            {t.resolve}
          </button>
        </form>
      )}
      {failure !== null && <Failure error={failure} />}
    </span>
  )
}
