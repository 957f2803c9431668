import type { Message } from 'tertulia'
import { usePages } from 'tertulia/react'
import { tertulia } from '../client.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Failure } from '../ui/failure.tsx'
import { LinkedText } from '../ui/linked-text.tsx'
import { Moment } from '../ui/moment.tsx'
import { useWords } from '../words/index.ts'

interface Props {
  message: Message
  nameOf(id: string): string
  onClose(): void
}

/** A message and all replies to it. */
export function Thread({ message, nameOf, onClose }: Props) {
  const t = useWords()
  const { items, first, error, hasMore, loading, loadMore } = usePages(
    tertulia.chat,
    `thread ${message.id}`,
    (cursor, signal) => tertulia.chat.listReplies(message.id, { cursor, signal }),
  )
  return (
    <Dialog title={t.thread} onClose={onClose}>
      <ol className="cards">
        {[message, ...items].map((one) => (
          <li key={one.id} className="card">
            <span>
              <small>
                {nameOf(one.senderId)} · <Moment date={one.createdAt} />
              </small>
              {one.deletedAt ? <em>{t.deleted}</em> : <LinkedText text={one.content} />}
            </span>
          </li>
        ))}
      </ol>
      {error && <Failure error={error} />}
      {first && items.length === 0 && <p className="hint">{t.noReplies}</p>}
      {hasMore && (
        <button type="button" className="more" disabled={loading} onClick={loadMore}>
          {t.more}
        </button>
      )}
    </Dialog>
  )
}
