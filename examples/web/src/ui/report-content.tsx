import { type FormEvent, useState } from 'react'
import type { ReportedKind } from 'tertulia/moderation'
import { moderation } from '../client.ts'
import { useWords } from '../words/index.ts'
import { Dialog } from './dialog.tsx'
import { Failure } from './failure.tsx'
import { useAttempt } from './use-attempt.ts'

const reasons = ['spam', 'harassment', 'copyright', 'impersonation', 'other'] as const

/** The form of a report to the moderators. */
export function ReportDialog({
  onReport,
  onClose,
}: {
  onReport(reason: { reason: string; note?: string }): Promise<unknown>
  onClose(): void
}) {
  const t = useWords()
  const { failure, busy, attempt } = useAttempt()
  const [isSent, setIsSent] = useState(false)
  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const note = String(form.get('note')).trim()
    const reason = { reason: String(form.get('reason')), ...(note ? { note } : {}) }
    setIsSent(await attempt(() => onReport(reason)))
  }
  return (
    <Dialog title={t.report} onClose={onClose}>
      {isSent ? (
        <p role="status">{t.reported}</p>
      ) : (
        <form className="stack" onSubmit={submit}>
          <label className="field">
            {t.reason}
            <select name="reason">
              {reasons.map((one) => (
                <option key={one} value={one}>
                  {t.reportReasons[one]}
                </option>
              ))}
            </select>
          </label>
          <label className="field">
            {t.note}
            <textarea name="note" rows={3} maxLength={2000} />
          </label>
          {failure !== null && <Failure error={failure} />}
          <button type="submit" className="primary" disabled={busy}>
            {t.sendReport}
          </button>
        </form>
      )}
    </Dialog>
  )
}

/** Reports a profile, a song, a share or a review. */
export function ReportContent({ kind, subjectId }: { kind: ReportedKind; subjectId: string }) {
  const t = useWords()
  const [open, setOpen] = useState(false)
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        {t.report}
      </button>
      {open && (
        <ReportDialog
          onReport={(reason) => moderation.report(kind, subjectId, reason)}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  )
}
