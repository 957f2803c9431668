import type { InboxItem, InboxSnapshot } from 'tertulia'
import { useInbox } from 'tertulia/react'
import { linkTo } from '../shell/use-route.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Failure } from '../ui/failure.tsx'
import { useLanguage, useWords, type Words } from '../words/index.ts'
import { Room } from './chat.tsx'
import { dayOf } from './days.ts'
import { namesOf, systemText } from './names.ts'
import { NewGroup } from './new-group.tsx'

const nameOf = ({ conversation, counterpart }: InboxItem, t: Words) =>
  conversation.subject ?? counterpart?.displayName ?? t.aGroup

/** Conversations with unread counts on the left; on the right one of them, or the form for a new group. */
export function Inbox({ selected, userId }: { selected: string | null; userId: string }) {
  const t = useWords()
  const { snapshot, error, reopen } = useInbox()
  const item = snapshot?.items.find(({ conversation }) => conversation.id === selected)
  return (
    <main className="split" tabIndex={-1}>
      <section className="list" aria-label={t.inbox}>
        <h2>
          {t.inbox} {snapshot && snapshot.unread > 0 && <span className="badge">{snapshot.unread}</span>}
          <a className="action" href={linkTo('inbox', 'new')}>
            {t.newGroup}
          </a>
        </h2>
        {error && !snapshot && <Failure error={error} onRetry={reopen} />}
        {snapshot && <Conversations snapshot={snapshot} selected={selected} userId={userId} />}
      </section>
      <section className="detail" aria-label={t.conversation}>
        {selected === 'new' && <NewGroup userId={userId} />}
        {selected && selected !== 'new' && <Room key={selected} id={selected} userId={userId} item={item} />}
        {!selected && <p className="empty">{t.chooseConversation}</p>}
      </section>
    </main>
  )
}

interface ConversationsProps {
  snapshot: InboxSnapshot
  selected: string | null
  userId: string
}

function Conversations({ snapshot: { items, loaded }, selected, userId }: ConversationsProps) {
  const t = useWords()
  if (loaded && items.length === 0) {
    return (
      <div className="nothing">
        <p>{t.noConversations}</p>
        <a className="action" href={linkTo('people')}>
          {t.startOne}
        </a>
      </div>
    )
  }
  return (
    <ul>
      {items.map((item) => (
        <li key={item.conversation.id}>
          <a
            href={linkTo('inbox', item.conversation.id)}
            className="row"
            aria-current={item.conversation.id === selected ? 'true' : undefined}
          >
            <Avatar name={nameOf(item, t)} url={item.counterpart?.avatarUrl} />
            <span>
              <strong>
                {item.pinned && <span aria-hidden="true">📌 </span>}
                {nameOf(item, t)}
              </strong>
              <small>
                <LastMessage item={item} userId={userId} />
              </small>
            </span>
            <span className="side">
              <LastTime date={item.conversation.lastMessageAt} />
              {item.muted && <small>{t.muted}</small>}
              {item.unread > 0 && (
                <span className="badge" role="img" aria-label={t.unread(item.unread)}>
                  {item.unread}
                </span>
              )}
            </span>
          </a>
        </li>
      ))}
    </ul>
  )
}

function LastMessage({ item: { lastMessage, conversation }, userId }: { item: InboxItem; userId: string }) {
  const t = useWords()
  if (!lastMessage) return null
  if (lastMessage.system) return systemText(lastMessage, namesOf(conversation, userId, t), t)
  const isNamed = conversation.kind === 'group' || lastMessage.senderId === userId
  return (
    <>
      {isNamed && <span>{namesOf(conversation, userId, t)(lastMessage.senderId)}: </span>}
      <span>{lastMessage.deletedAt ? t.deleted : lastMessage.content}</span>
    </>
  )
}

function LastTime({ date }: { date: Date | null }) {
  const language = useLanguage()
  if (!date) return null
  const form: Intl.DateTimeFormatOptions =
    dayOf(date) === dayOf(new Date())
      ? { hour: '2-digit', minute: '2-digit' }
      : { day: 'numeric', month: 'short' }
  return <time dateTime={date.toISOString()}>{new Intl.DateTimeFormat(language, form).format(date)}</time>
}
