import { useId, useState } from 'react'
import type { InboxItem, LiveStatus } from 'tertulia'
import { tertulia } from '../client.ts'
import { Heading } from '../shell/heading.tsx'
import { linkTo } from '../shell/use-route.ts'
import { Failure } from '../ui/failure.tsx'
import { useWords } from '../words/index.ts'

interface Props {
  name: string
  status: LiveStatus
  back: 'people' | 'inbox'
  flags: InboxItem | undefined
  /** How many others have it open. */
  present: number
  children: React.ReactNode
}

export function Head({ name, status, back, flags, present, children }: Props) {
  const t = useWords()
  const [open, setOpen] = useState(false)
  const panel = useId()
  return (
    <div className="head">
      <header className="chat-head">
        <a className="back" href={linkTo(back)} aria-label={t.backTo(t[back])}>
          ‹
        </a>
        <Heading title={name} />
        {present > 0 && <span className="present" aria-hidden="true" />}
        <button type="button" aria-expanded={open} aria-controls={panel} onClick={() => setOpen(!open)}>
          {t.about}
        </button>
        <span className="status" role="status" data-status={status}>
          {t.status[status]}
        </span>
      </header>
      <div id={panel} className="panel" hidden={!open}>
        {children}
        {flags && <Flags item={flags} />}
      </div>
    </div>
  )
}

/** Settings of a conversation that only the user has. */
function Flags({ item }: { item: InboxItem }) {
  const t = useWords()
  const [failure, setFailure] = useState<unknown>(null)
  const set = (flags: { muted?: boolean; pinned?: boolean }) => {
    setFailure(null)
    tertulia.chat.setFlags(item.conversation.id, flags).catch(setFailure)
  }
  return (
    <div className="choices">
      <button type="button" onClick={() => set({ pinned: !item.pinned })}>
        {item.pinned ? t.unpin : t.pin}
      </button>
      <button type="button" onClick={() => set({ muted: !item.muted })}>
        {item.muted ? t.unmute : t.mute}
      </button>
      {failure !== null && <Failure error={failure} />}
    </div>
  )
}
