import { useLayoutEffect, useRef, useState } from 'react'
import type { Message, OpenConversation, Participant, PendingMessage } from 'tertulia'
import { Failure } from './failure.tsx'

const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })

interface Props {
  messages: readonly Message[]
  userId: string
  name: string
  participants: readonly Participant[]
  /** Undefined when there are no older messages. */
  loadOlder: OpenConversation['loadOlder'] | undefined
  pending: readonly PendingMessage[]
  retry: OpenConversation['retry']
  discard: OpenConversation['discard']
}

export function Messages(props: Props) {
  const { messages, userId, name, participants, loadOlder, pending, retry, discard } = props
  const who = (id: string) =>
    id === userId ? 'You' : (participants.find((one) => one.id === id)?.displayName ?? 'A former member')
  // Your app says in its user's language what a system message tells; this example leaves them out.
  const written = messages.filter(({ system }) => !system)
  const [failure, setFailure] = useState<unknown>(null)
  const [loading, setLoading] = useState(false)
  const list = useScroll(messages, pending)

  function showOlder(load: OpenConversation['loadOlder']) {
    setLoading(true)
    setFailure(null)
    load()
      .catch(setFailure)
      .finally(() => setLoading(false))
  }

  return (
    <div className="messages" ref={list}>
      {loadOlder && (
        <button type="button" className="older" disabled={loading} onClick={() => showOlder(loadOlder)}>
          {loading ? 'Loading…' : 'Load older messages'}
        </button>
      )}
      {failure !== null && <Failure error={failure} />}
      {written.length === 0 && <p className="empty">No messages yet. Say hello.</p>}
      <ol role="log" aria-label={`Messages with ${name}`}>
        {written.map((message) => (
          <li key={message.id} className={message.senderId === userId ? 'mine' : 'theirs'}>
            <span className="who">{who(message.senderId)}</span>
            <p>{message.content}</p>
            <time dateTime={message.createdAt.toISOString()}>{time.format(message.createdAt)}</time>
          </li>
        ))}
        {pending.map((message) => (
          <li key={message.id} className="mine" data-outgoing={message.status}>
            <span className="who">You</span>
            <p>{message.content}</p>
            {message.failure ? (
              <>
                <Failure error={message.failure} onRetry={() => retry(message.id).catch(setFailure)} />
                <button type="button" onClick={() => discard(message.id).catch(setFailure)}>
                  Discard
                </button>
              </>
            ) : (
              <small>Sending…</small>
            )}
          </li>
        ))}
      </ol>
    </div>
  )
}

/** At the end of the list, follows the newest message; further up, keeps the position while older messages load above. */
function useScroll(messages: readonly Message[], pending: readonly PendingMessage[]) {
  const list = useRef<HTMLDivElement>(null)
  const before = useRef({ height: 0, top: 0, atEnd: true })

  useLayoutEffect(() => {
    const element = list.current
    if (!element) return
    const remember = () => {
      const { scrollHeight, scrollTop, clientHeight } = element
      before.current = {
        height: scrollHeight,
        top: scrollTop,
        atEnd: scrollHeight - scrollTop - clientHeight < 80,
      }
    }
    element.addEventListener('scroll', remember, { passive: true })
    return () => element.removeEventListener('scroll', remember)
  }, [])

  // biome-ignore lint/correctness/useExhaustiveDependencies: added messages move the list
  useLayoutEffect(() => {
    const element = list.current
    if (!element) return
    const { height, top, atEnd } = before.current
    if (atEnd) element.scrollTop = element.scrollHeight
    else if (top < 40) element.scrollTop = top + element.scrollHeight - height
    before.current.height = element.scrollHeight
  }, [messages, pending])

  return list
}
