import { useId, useState } from 'react'
import type { InboxItem, LiveStatus } from 'tertulia'
import { useAnswer } from 'tertulia/react'
import { tertulia } from '../client.ts'
import { Heading } from '../shell/heading.tsx'
import { ConfirmButton } from '../ui/confirm-button.tsx'
import { Failure } from '../ui/failure.tsx'
import { Icon } from '../ui/icon.tsx'
import { useAttempt } from '../ui/use-attempt.ts'
import { useLanguage, useWords } from '../words/index.ts'

interface Props {
  conversationId: string
  name: string
  status: LiveStatus
  back: string
  flags: InboxItem | undefined
  /** How many others have it open. */
  present: number
  /** The other user of a direct conversation. */
  otherId: string | undefined
  searches: boolean
  onSearch(): void
  children: React.ReactNode
}

export function Head(props: Props) {
  const { conversationId, name, status, back, flags, present, otherId, searches, onSearch, children } = props
  const t = useWords()
  const [open, setOpen] = useState(false)
  const panel = useId()
  return (
    <div className="head">
      <header className="chat-head">
        <a className="back" href={back} aria-label={t.backTo(t.inbox)}>
          ‹
        </a>
        <div className="who-is-it">
          <Heading title={t.messagesWith(name)}>{name}</Heading>
          {present > 0 ? <small>{t.here}</small> : otherId && <LastSeen userId={otherId} />}
        </div>
        <button type="button" aria-pressed={searches} aria-label={t.searchMessages} onClick={onSearch}>
          <Icon name="search" />
        </button>
        <button type="button" aria-expanded={open} aria-controls={panel} onClick={() => setOpen(!open)}>
          {t.about}
        </button>
        <span className="status" role="status" data-status={status}>
          {t.status[status]}
        </span>
      </header>
      <div id={panel} className="panel" hidden={!open}>
        {open && (
          <>
            {children}
            {flags && <Flags item={flags} />}
            <ClearHistory conversationId={conversationId} />
          </>
        )}
      </div>
    </div>
  )
}

function LastSeen({ userId }: { userId: string }) {
  const t = useWords()
  const form = new Intl.DateTimeFormat(useLanguage(), { dateStyle: 'short', timeStyle: 'short' })
  const { data } = useAnswer(tertulia.chat, `seen ${userId}`, (signal) =>
    tertulia.chat.listLastSeen([userId], { signal }),
  )
  const [seen] = data ?? []
  if (!seen) return null
  return <small>{seen.online ? t.online : t.lastSeen(form.format(seen.seenAt))}</small>
}

/** Settings of a conversation that only the user has. */
function Flags({ item }: { item: InboxItem }) {
  const t = useWords()
  const { failure, attempt } = useAttempt()
  const { id } = item.conversation
  const all = [
    ['pinned', item.pinned ? t.unpin : t.pin],
    ['muted', item.muted ? t.unmute : t.mute],
    ['archived', item.archived ? t.unarchive : t.archive],
    ['markedUnread', t.markUnread],
    ['hidden', t.hide],
  ] as const
  return (
    <div className="choices">
      {all.map(([flag, label]) => (
        <button
          key={flag}
          type="button"
          onClick={() => attempt(() => tertulia.chat.setFlags(id, { [flag]: !item[flag] }))}
        >
          {label}
        </button>
      ))}
      {failure !== null && <Failure error={failure} />}
    </div>
  )
}

function ClearHistory({ conversationId }: { conversationId: string }) {
  const t = useWords()
  const { failure, attempt } = useAttempt()
  return (
    <div className="choices">
      <ConfirmButton
        question={t.clearQuestion}
        onConfirm={() => attempt(() => tertulia.chat.clearHistory(conversationId))}
      >
        {t.clearHistory}
      </ConfirmButton>
      {failure !== null && <Failure error={failure} />}
    </div>
  )
}
