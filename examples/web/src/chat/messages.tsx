import { Fragment, useEffect, useState } from 'react'
import type { ConversationSnapshot, Message, OpenConversation } from 'tertulia'
import { tertulia } from '../client.ts'
import { useLanguage, useWords } from '../words/index.ts'
import type { Draft } from './composer.tsx'
import { dayOf, daysOf } from './days.ts'
import { MessageRow } from './message-row.tsx'
import { systemText } from './names.ts'
import { Pending } from './pending.tsx'
import type { RowActions } from './row-actions.ts'
import { Thread } from './thread.tsx'
import { useScroll } from './use-scroll.ts'

interface Props {
  conversation: OpenConversation
  snapshot: ConversationSnapshot
  userId: string
  name: string
  nameOf(id: string): string
  /** Runs an action, and shows its failure. */
  attempt(work: Promise<unknown>): void
  onDraft(draft: Draft): void
  /** A message to show in its place. */
  target: string | null
  onJump(messageId: string): void
  onShown(): void
}

export function Messages(props: Props) {
  const { conversation, snapshot, userId, name, nameOf, attempt, onDraft, target, onJump, onShown } = props
  const { messages, pending, hasOlder, hasNewer, lastReadSeq } = snapshot
  const t = useWords()
  const language = useLanguage()
  const [loading, setLoading] = useState(false)
  const [thread, setThread] = useState<Message | null>(null)
  const { list, atEnd } = useScroll(messages, pending)
  const isGroup = snapshot.conversation?.kind === 'group'
  const newest = messages.at(-1)?.seq ?? 0

  // What stands at the end of the list in a window that shows is read.
  useEffect(() => {
    const read = () => {
      if (document.visibilityState === 'visible' && atEnd() && newest > lastReadSeq) {
        conversation.markRead(newest).catch(() => {})
      }
    }
    read()
    const element = list.current
    document.addEventListener('visibilitychange', read)
    element?.addEventListener('scroll', read, { passive: true })
    return () => {
      document.removeEventListener('visibilitychange', read)
      element?.removeEventListener('scroll', read)
    }
  }, [conversation, newest, lastReadSeq, list, atEnd])

  // Once the messages around it are there, the message is shown and marked for a moment.
  // biome-ignore lint/correctness/useExhaustiveDependencies: it may come with other messages
  useEffect(() => {
    const row = target && document.getElementById(`message-${target}`)
    if (!row) return
    row.scrollIntoView({ block: 'center' })
    row.dataset.found = 'true'
    setTimeout(() => delete row.dataset.found, 2000)
    onShown()
  }, [target, messages])

  function showOlder() {
    setLoading(true)
    attempt(conversation.loadOlder().finally(() => setLoading(false)))
  }

  const actions: RowActions = {
    react: (message, emoji, present) => attempt(conversation.react(message.id, emoji, present)),
    reply: (message) => onDraft({ kind: 'reply', message }),
    edit: (message) => onDraft({ kind: 'edit', message }),
    remove: (message) => attempt(conversation.delete(message.id)),
    jump: onJump,
    pin: (message) => attempt(tertulia.chat.pinMessage(message.id, !message.pinnedAt)),
    thread: setThread,
  }
  const readers = readersOf(snapshot, userId).map(nameOf)
  const days = daysOf(language, t)
  return (
    <div className="messages" ref={list}>
      {hasOlder && (
        <button type="button" className="older" disabled={loading} onClick={showOlder}>
          {loading ? t.loading : t.older}
        </button>
      )}
      {messages.every(({ system }) => system) && pending.length === 0 && (
        <p className="empty">{t.noMessages}</p>
      )}
      {/* Old messages that load above are no news. */}
      <div role="log" aria-label={t.messagesWith(name)} aria-live={loading ? 'off' : 'polite'}>
        <ol>
          {messages.map((message, index) => {
            const before = messages[index - 1]
            const isNewDay = !before || dayOf(before.createdAt) !== dayOf(message.createdAt)
            return (
              <Fragment key={message.id}>
                {isNewDay && <li className="day">{days(message.createdAt)}</li>}
                {message.system ? (
                  <li className="day">{systemText(message, nameOf, t)}</li>
                ) : (
                  <MessageRow
                    message={message}
                    userId={userId}
                    sender={nameOf(message.senderId)}
                    showsSender={
                      isGroup && (isNewDay || !!before.system || before.senderId !== message.senderId)
                    }
                    replied={message.reply && nameOf(message.reply.senderId)}
                    actions={actions}
                  />
                )}
              </Fragment>
            )
          })}
          {pending.map((message) => (
            <Pending key={message.id} message={message} conversation={conversation} attempt={attempt} />
          ))}
        </ol>
      </div>
      {readers.length > 0 && (
        <small className="seen">{isGroup ? t.seenBy(readers.join(', ')) : t.seen}</small>
      )}
      {thread && <Thread message={thread} nameOf={nameOf} onClose={() => setThread(null)} />}
      {hasNewer && (
        <button type="button" className="older" onClick={() => conversation.jumpToNewest()}>
          {t.newest}
        </button>
      )}
    </div>
  )
}

/** Who has read the newest message, when it is the user's own. */
function readersOf({ messages, hasNewer, conversation }: ConversationSnapshot, userId: string): string[] {
  const last = messages.filter(({ system }) => !system).at(-1)
  if (hasNewer || last?.senderId !== userId || !conversation) return []
  return conversation.participants
    .filter((one) => one.id !== userId && one.lastReadSeq >= last.seq)
    .map((one) => one.id)
}
