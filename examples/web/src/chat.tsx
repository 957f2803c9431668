import { useEffect, useState, useSyncExternalStore } from 'react'
import type { ConversationStatus, OpenConversation } from 'tertulia'
import { tertulia } from './client.ts'
import { Composer } from './composer.tsx'
import { Failure } from './failure.tsx'
import { Messages } from './messages.tsx'
import { linkTo } from './use-route.ts'

interface Props {
  userId: string
  otherId: string
  name: string
}

/** Opens the conversation with somebody and closes it when one leaves. */
export function Chat({ userId, otherId, name }: Props) {
  const [conversation, setConversation] = useState<OpenConversation>()
  const [failure, setFailure] = useState<unknown>(null)
  const [attempt, setAttempt] = useState(0)

  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt is a reason to open again
  useEffect(() => {
    const aborter = new AbortController()
    let opened: OpenConversation | undefined
    setFailure(null)
    tertulia.chat.openDirect(otherId, { signal: aborter.signal }).then(
      (handle) => {
        // Strict mode and quick clicks: one may have left before it was open.
        if (aborter.signal.aborted) return handle.close()
        opened = handle
        setConversation(handle)
      },
      (error) => !aborter.signal.aborted && setFailure(error),
    )
    return () => {
      aborter.abort()
      opened?.close()
      setConversation(undefined)
    }
  }, [otherId, attempt])

  if (failure !== null) return <Failure error={failure} onRetry={() => setAttempt(attempt + 1)} />
  if (!conversation) return <p className="empty">Opening the conversation…</p>
  return <Conversation conversation={conversation} userId={userId} name={name} />
}

const statusWords: Record<ConversationStatus, string> = {
  connecting: 'Connecting…',
  live: 'Live',
  'catching-up': 'Catching up…',
  offline: 'Offline',
  closed: 'Closed',
}

interface ConversationProps {
  conversation: OpenConversation
  userId: string
  name: string
}

function Conversation({ conversation, userId, name }: ConversationProps) {
  const { status, error, messages, hasOlder, pending } = useSyncExternalStore(
    conversation.subscribe,
    conversation.getSnapshot,
  )
  const [failure, setFailure] = useState<unknown>(null)

  function send(content: string) {
    setFailure(null)
    conversation.send({ content }).catch(setFailure)
  }

  return (
    <div className="chat">
      <header className="chat-head">
        <a className="back" href={linkTo('people')} aria-label="Back to people">
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
        loadOlder={hasOlder ? conversation.loadOlder : undefined}
        pending={pending}
        retry={conversation.retry}
        discard={conversation.discard}
      />
      <Composer name={name} disabled={status === 'closed'} onSend={send} />
    </div>
  )
}
