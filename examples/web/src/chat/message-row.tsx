import { memo } from 'react'
import type { Message } from 'tertulia'
import { linkTo } from '../shell/use-route.ts'
import { LinkedText } from '../ui/linked-text.tsx'
import { useLanguage, useWords } from '../words/index.ts'
import { Attachment } from './attachment.tsx'
import { MessageActions } from './message-actions.tsx'
import type { RowActions } from './row-actions.ts'

interface Props {
  message: Message
  userId: string
  sender: string
  /** In a group, over the first message of a run. */
  showsSender: boolean
  /** Whose message it replies to. */
  replied: string | null
  actions: RowActions
}

/** One message. It renders again only when the message changes: the actions are the same in what they do. */
export const MessageRow = memo(Row, (before, after) =>
  (['message', 'userId', 'sender', 'showsSender', 'replied'] as const).every(
    (name) => before[name] === after[name],
  ),
)

function Row({ message, userId, sender, showsSender, replied, actions }: Props) {
  const t = useWords()
  const isMine = message.senderId === userId
  const time = new Intl.DateTimeFormat(useLanguage(), { hour: '2-digit', minute: '2-digit' })
  return (
    <li className={isMine ? 'mine' : 'theirs'} id={`message-${message.id}`}>
      <span className={showsSender && !isMine ? 'who' : 'hidden'}>{sender}</span>
      {message.reply && (
        <button type="button" className="quote" onClick={() => actions.jump(message.reply?.id ?? '')}>
          <strong>{replied}</strong> {message.reply.excerpt || t.deleted}
        </button>
      )}
      {message.deletedAt ? (
        <em>{t.deleted}</em>
      ) : (
        message.content && (
          <p>
            <LinkedText text={message.content} />
          </p>
        )
      )}
      {message.attachments.map((file) => (
        <Attachment key={file.path} file={file} />
      ))}
      {message.song && (
        <a className="song-card" href={linkTo('songs', message.song.id)}>
          ♪ <strong>{message.song.title}</strong> {message.song.artist}
        </a>
      )}
      <time dateTime={message.createdAt.toISOString()}>
        {message.pinnedAt && '📌 '}
        {message.editedAt && !message.deletedAt && `${t.edited} · `}
        {time.format(message.createdAt)}
      </time>
      {!message.deletedAt && <Reactions message={message} userId={userId} actions={actions} />}
      {!message.deletedAt && <MessageActions message={message} isMine={isMine} actions={actions} />}
    </li>
  )
}

function Reactions({ message, userId, actions }: Pick<Props, 'message' | 'userId' | 'actions'>) {
  const t = useWords()
  if (message.reactions.length === 0) return null
  return (
    <div className="reactions">
      {message.reactions.map(({ emoji, userIds }) => {
        const isOn = userIds.includes(userId)
        return (
          <button
            key={emoji}
            type="button"
            aria-label={`${t.react(emoji)} (${userIds.length})`}
            aria-pressed={isOn}
            onClick={() => actions.react(message, emoji, !isOn)}
          >
            {emoji} {userIds.length}
          </button>
        )
      })}
    </div>
  )
}
