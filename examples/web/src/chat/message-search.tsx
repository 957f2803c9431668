import { useState } from 'react'
import type { FoundMessage } from 'tertulia'
import { useMessageSearch } from 'tertulia/react'
import { linkTo } from '../shell/use-route.ts'
import { Failure } from '../ui/failure.tsx'
import { Highlight } from '../ui/highlight.tsx'
import { Moment } from '../ui/moment.tsx'
import { useWords } from '../words/index.ts'

interface Props {
  /** The conversation to search; all of the user's when it is left out. */
  conversationId?: string
  nameOf?(id: string): string
  /** Shows a found message in its place. */
  onPick?(messageId: string): void
}

/** Searches messages as the user types, with what was found marked. */
export function MessageSearch({ conversationId, nameOf, onPick }: Props) {
  const t = useWords()
  const [typed, setTyped] = useState('')
  const query = typed.trim()
  const filters = conversationId ? { conversationId } : undefined
  const search = useMessageSearch(query === '' ? null : query, { filters, limit: 20 })
  const { items, first, error, hasMore, loading, loadMore, reload } = search
  return (
    <search className="message-search">
      <input
        type="search"
        aria-label={t.searchMessages}
        placeholder={t.searchMessages}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      {error && <Failure error={error} onRetry={reload} />}
      {query !== '' && first && !loading && items.length === 0 && (
        <p className="nothing">{t.noMessagesFound}</p>
      )}
      {query !== '' && (
        <ul>
          {items.map((message) => (
            <li key={message.id}>
              <Found message={message as FoundMessage} nameOf={nameOf} onPick={onPick} />
            </li>
          ))}
        </ul>
      )}
      {query !== '' && hasMore && (
        <button type="button" className="more" disabled={loading} onClick={loadMore}>
          {t.more}
        </button>
      )}
    </search>
  )
}

function Found({ message, nameOf, onPick }: { message: FoundMessage } & Pick<Props, 'nameOf' | 'onPick'>) {
  const body = (
    <span>
      <span>
        <Highlight text={message.content} ranges={message.highlights} />
      </span>
      <small>
        {nameOf && `${nameOf(message.senderId)} · `}
        <Moment date={message.createdAt} />
      </small>
    </span>
  )
  if (!onPick) {
    return (
      <a className="row" href={linkTo('inbox', message.conversationId, message.id)}>
        {body}
      </a>
    )
  }
  return (
    <button type="button" className="row" onClick={() => onPick(message.id)}>
      {body}
    </button>
  )
}
