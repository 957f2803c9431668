import { useState } from 'react'
import type { Message } from 'tertulia'
import { tertulia } from '../client.ts'
import { ReportDialog } from '../ui/report-content.tsx'
import { useWords } from '../words/index.ts'
import type { RowActions } from './row-actions.ts'

const emojis = ['👍', '❤️', '😂', '🎸']

interface Props {
  message: Message
  isMine: boolean
  actions: RowActions
}

/** What a user does with a message: react, reply, pin, see the thread, edit, delete, report. */
export function MessageActions({ message, isMine, actions }: Props) {
  const t = useWords()
  const [open, setOpen] = useState(false)
  const [reports, setReports] = useState(false)
  const then = (act: () => void) => () => {
    setOpen(false)
    act()
  }
  const choices = [
    [t.reply, () => actions.reply(message), true],
    [t.thread, () => actions.thread(message), true],
    [message.pinnedAt ? t.unpinMessage : t.pinMessage, () => actions.pin(message), true],
    [t.edit, () => actions.edit(message), isMine],
    [t.delete, () => actions.remove(message), isMine],
    [t.report, () => setReports(true), !isMine],
  ] as const
  return (
    <div className="actions">
      <button
        type="button"
        className="dots"
        aria-label={t.actions}
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        ⋯
      </button>
      {open && (
        <div className="choices">
          {emojis.map((emoji) => (
            <button
              key={emoji}
              type="button"
              aria-label={t.react(emoji)}
              onClick={then(() => actions.react(message, emoji, true))}
            >
              {emoji}
            </button>
          ))}
          {choices.map(
            ([label, act, shows]) =>
              shows && (
                <button key={label} type="button" onClick={then(act)}>
                  {label}
                </button>
              ),
          )}
        </div>
      )}
      {reports && (
        <ReportDialog
          onReport={(reason) => tertulia.chat.report(message.id, reason)}
          onClose={() => setReports(false)}
        />
      )}
    </div>
  )
}
