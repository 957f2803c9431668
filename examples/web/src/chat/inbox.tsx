import { useState } from 'react'
import type { InboxItem } from 'tertulia'
import { useTitle } from '../shell/heading.tsx'
import { linkTo } from '../shell/use-route.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Failure } from '../ui/failure.tsx'
import { useLanguage, useWords, type Words } from '../words/index.ts'
import { Room } from './chat.tsx'
import { dayOf } from './days.ts'
import { MessageSearch } from './message-search.tsx'
import { namesOf, systemText } from './names.ts'
import { NewGroup } from './new-group.tsx'
import { useSharedInbox } from './use-shared-inbox.tsx'

const nameOf = ({ conversation, counterpart }: InboxItem, t: Words) =>
  conversation.subject ?? counterpart?.displayName ?? t.aGroup

const sides = ['all', 'unread', 'archived'] as const
type Side = (typeof sides)[number]

interface Props {
  selected: string | null
  view: string | null
  userId: string
}

/** Conversations with unread counts on the left; on the right one of them, or the form for a new group. */
export function Inbox({ selected, view, userId }: Props) {
  const t = useWords()
  useTitle(selected ? null : t.inbox)
  const { snapshot, error, reopen } = useSharedInbox()
  return (
    <main className="split" tabIndex={-1}>
      <section className="list" aria-label={t.inbox}>
        <h2>
          {t.inbox} {snapshot && snapshot.unread > 0 && <span className="badge">{snapshot.unread}</span>}
          <a className="action" href={linkTo('inbox', 'new')}>
            {t.newGroup}
          </a>
        </h2>
        <MessageSearch />
        {error && !snapshot && <Failure error={error} onRetry={reopen} />}
        {snapshot && snapshot.unsent.failed > 0 && (
          <p className="note">
            <a href={linkTo('me', 'account')}>{t.notSent(snapshot.unsent.failed)}</a>
          </p>
        )}
        <Conversations selected={selected} userId={userId} />
      </section>
      <section className="detail" aria-label={t.conversation}>
        {selected === 'new' && <NewGroup userId={userId} />}
        {selected && selected !== 'new' && (
          <Room key={selected} id={selected} userId={userId} messageId={view} />
        )}
        {!selected && <p className="empty">{t.chooseConversation}</p>}
      </section>
    </main>
  )
}

function Conversations({ selected, userId }: { selected: string | null; userId: string }) {
  const t = useWords()
  const { snapshot } = useSharedInbox()
  const [side, setSide] = useState<Side>('all')
  if (!snapshot) return null
  const { items, archived, loaded } = snapshot
  const shown = side === 'archived' ? archived : items.filter((item) => side === 'all' || isUnread(item))
  return (
    <>
      {(archived.length > 0 || side !== 'all' || items.some(isUnread)) && (
        <div className="choices">
          {sides.map((one) => (
            <button key={one} type="button" aria-pressed={one === side} onClick={() => setSide(one)}>
              {t.inboxSides[one]}
            </button>
          ))}
        </div>
      )}
      {loaded && shown.length === 0 && (
        <div className="nothing">
          <p>{side === 'all' ? t.noConversations : t.nothingHere}</p>
          {side === 'all' && (
            <a className="action" href={linkTo('people')}>
              {t.startOne}
            </a>
          )}
        </div>
      )}
      <ul>
        {shown.map((item) => (
          <li key={item.conversation.id}>
            <Item item={item} selected={item.conversation.id === selected} userId={userId} />
          </li>
        ))}
      </ul>
    </>
  )
}

const isUnread = ({ unread, markedUnread }: InboxItem) => unread > 0 || markedUnread

function Item({ item, selected, userId }: { item: InboxItem; selected: boolean; userId: string }) {
  const t = useWords()
  const { conversation, counterpart, unread, unreadMentions, markedUnread, pinned, muted, draft } = item
  return (
    <a
      href={linkTo('inbox', conversation.id)}
      className="row"
      aria-current={selected ? 'true' : undefined}
      data-unread={isUnread(item) ? 'true' : undefined}
    >
      <Avatar name={nameOf(item, t)} url={counterpart?.avatarUrl} />
      <span>
        <strong>
          {pinned && <span aria-hidden="true">📌 </span>}
          {nameOf(item, t)}
        </strong>
        <small>
          {draft && !selected ? (
            <>
              <em className="draft-mark">{t.draft}</em> {draft.content}
            </>
          ) : (
            <LastMessage item={item} userId={userId} />
          )}
        </small>
      </span>
      <span className="side">
        <LastTime date={conversation.lastMessageAt} />
        {muted && <small>{t.muted}</small>}
        <span>
          {unreadMentions > 0 && (
            <span className="badge" role="img" aria-label={t.mentionsOfYou(unreadMentions)}>
              @
            </span>
          )}{' '}
          {unread > 0 && (
            <span className="badge" role="img" aria-label={t.unread(unread)}>
              {unread}
            </span>
          )}
          {unread === 0 && markedUnread && (
            <span className="badge" role="img" aria-label={t.markedUnread}>
              •
            </span>
          )}
        </span>
      </span>
    </a>
  )
}

function LastMessage({ item: { lastMessage, conversation }, userId }: { item: InboxItem; userId: string }) {
  const t = useWords()
  if (!lastMessage) return null
  if (lastMessage.system) return systemText(lastMessage, namesOf(conversation, userId, t), t)
  const isNamed = conversation.kind === 'group' || lastMessage.senderId === userId
  const { content, deletedAt, song, attachments } = lastMessage
  const text = deletedAt ? t.deleted : content || (song ? `♪ ${song.title}` : (attachments[0]?.name ?? ''))
  return (
    <>
      {isNamed && <span>{namesOf(conversation, userId, t)(lastMessage.senderId)}: </span>}
      <span>{text}</span>
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
