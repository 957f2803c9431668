import type { InboxItem, InboxSnapshot } from 'tertulia'
import { useInbox } from 'tertulia/react'
import { Avatar } from './avatar.tsx'
import { Room } from './chat.tsx'
import { Failure } from './failure.tsx'
import { NewGroup } from './new-group.tsx'
import { linkTo } from './use-route.ts'

const nameOf = ({ conversation, counterpart }: InboxItem) =>
  conversation.subject ?? counterpart?.displayName ?? 'A group'

/** Conversations with unread counts on the left; on the right one of them, or the form for a new group. */
export function Inbox({ selected, userId }: { selected: string | null; userId: string }) {
  const { snapshot, error, reopen } = useInbox()
  const item = snapshot?.items.find(({ conversation }) => conversation.id === selected)
  return (
    <main className="split">
      <section className="list" aria-label="Inbox">
        <h2>
          Inbox {snapshot && snapshot.unread > 0 && <span className="badge">{snapshot.unread}</span>}
          <a className="action" href={linkTo('inbox', 'new')}>
            New group
          </a>
        </h2>
        {error && !snapshot && <Failure error={error} onRetry={reopen} />}
        {snapshot && <Conversations snapshot={snapshot} selected={selected} />}
      </section>
      <section className="detail" aria-label="Conversation">
        {selected === 'new' && <NewGroup userId={userId} />}
        {selected && selected !== 'new' && (
          <Room key={selected} id={selected} userId={userId} name={item ? nameOf(item) : ''} />
        )}
        {!selected && <p className="empty">Choose a conversation.</p>}
      </section>
    </main>
  )
}

function Conversations({ snapshot, selected }: { snapshot: InboxSnapshot; selected: string | null }) {
  const { items, loaded } = snapshot
  if (loaded && items.length === 0) return <p className="empty">No conversations yet.</p>
  return (
    <ul>
      {items.map((item) => (
        <li key={item.conversation.id}>
          <a
            href={linkTo('inbox', item.conversation.id)}
            className="row"
            aria-current={item.conversation.id === selected ? 'true' : undefined}
          >
            <Avatar name={nameOf(item)} />
            <span>
              <strong>{nameOf(item)}</strong>
              <small>{item.lastMessage?.content ?? 'No messages yet'}</small>
            </span>
            {item.unread > 0 && (
              <span className="badge" role="img" aria-label={`${item.unread} unread`}>
                {item.unread}
              </span>
            )}
          </a>
        </li>
      ))}
    </ul>
  )
}
