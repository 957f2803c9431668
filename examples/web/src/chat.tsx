import { useState } from 'react'
import type { ConversationSnapshot, LiveStatus, OpenConversation } from 'tertulia'
import { useConversation, useDirect } from 'tertulia/react'
import { Composer } from './composer.tsx'
import { Failure } from './failure.tsx'
import { Messages } from './messages.tsx'
import { linkTo } from './use-route.ts'

interface Props {
  userId: string
  otherId: string
  name: string
}

/** The direct conversation with a user, open while it is on the screen. */
export function Chat({ userId, otherId, name }: Props) {
  const { snapshot, handle, error, reopen } = useDirect(otherId)
  if (error && !snapshot) return <Failure error={error} onRetry={reopen} />
  if (!snapshot || !handle) return <p className="empty">Opening the conversation…</p>
  return <Conversation conversation={handle} snapshot={snapshot} userId={userId} name={name} back="people" />
}

/** A conversation by its id, open while it is on the screen. */
export function Room({ id, userId, name }: { id: string; userId: string; name: string }) {
  const { snapshot, handle, error, reopen } = useConversation(id)
  if (error && !snapshot) return <Failure error={error} onRetry={reopen} />
  if (!snapshot || !handle) return <p className="empty">Opening the conversation…</p>
  return <Conversation conversation={handle} snapshot={snapshot} userId={userId} name={name} back="inbox" />
}

const statusWords: Record<LiveStatus, string> = {
  connecting: 'Connecting…',
  live: 'Live',
  'catching-up': 'Catching up…',
  offline: 'Offline',
  closed: 'Closed',
}

interface ConversationProps {
  conversation: OpenConversation
  snapshot: ConversationSnapshot
  userId: string
  name: string
  back: 'people' | 'inbox'
}

function Conversation({ conversation, snapshot, userId, name, back }: ConversationProps) {
  const { status, error, messages, hasOlder, pending } = snapshot
  const [failure, setFailure] = useState<unknown>(null)

  function send(content: string) {
    setFailure(null)
    conversation.send({ content }).catch(setFailure)
  }

  return (
    <div className="chat">
      <header className="chat-head">
        <a className="back" href={linkTo(back)} aria-label={`Back to ${back}`}>
          ‹
        </a>
        <h2>{name}</h2>
        <span className="status" role="status" data-status={status}>
          {statusWords[status]}
        </span>
      </header>
      {(failure ?? error) !== null && <Failure error={failure ?? error} />}
      <Messages
        messages={messages}
        userId={userId}
        name={name}
        participants={snapshot.conversation?.participants ?? []}
        loadOlder={hasOlder ? conversation.loadOlder : undefined}
        pending={pending}
        retry={conversation.retry}
        discard={conversation.discard}
      />
      <Composer name={name} disabled={status === 'closed'} onSend={send} />
    </div>
  )
}
