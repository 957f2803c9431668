import type { OpenConversation, PendingMessage } from 'tertulia'
import { Failure } from '../ui/failure.tsx'
import { useWords } from '../words/index.ts'

interface Props {
  message: PendingMessage
  conversation: OpenConversation
  attempt(work: Promise<unknown>): void
}

/** A message that the database does not have yet. */
export function Pending({ message, conversation, attempt }: Props) {
  const t = useWords()
  return (
    <li className="mine" data-outgoing={message.status}>
      <span className="hidden">{t.you}</span>
      <p>{message.content}</p>
      {message.failure ? (
        <>
          <Failure error={message.failure} onRetry={() => attempt(conversation.retry(message.id))} />
          <button type="button" onClick={() => attempt(conversation.discard(message.id))}>
            {t.discard}
          </button>
        </>
      ) : (
        <small>{t.sending}</small>
      )}
    </li>
  )
}
