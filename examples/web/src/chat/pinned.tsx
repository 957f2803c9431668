import type { Conversation } from 'tertulia'
import { useAnswer } from 'tertulia/react'
import { tertulia } from '../client.ts'
import { useWords } from '../words/index.ts'

interface Props {
  conversation: Conversation
  nameOf(id: string): string
  onPick(messageId: string): void
}

/** The pinned messages above the others; each leads to its place. */
export function Pinned({ conversation: { id, pinnedSeqs }, nameOf, onPick }: Props) {
  const t = useWords()
  const { data } = useAnswer(
    tertulia.chat,
    pinnedSeqs.length > 0 ? `pinned ${id} ${pinnedSeqs}` : null,
    (signal) => tertulia.chat.listPinned(id, { signal }),
    { keep: true },
  )
  if (pinnedSeqs.length === 0 || !data || data.length === 0) return null
  return (
    <ul className="pinned" aria-label={t.pinnedMessages}>
      {data.slice(0, 3).map((message) => (
        <li key={message.id}>
          <button type="button" className="plain" onClick={() => onPick(message.id)}>
            <span aria-hidden="true">📌 </span>
            <strong>{nameOf(message.senderId)}</strong> {message.content}
          </button>
        </li>
      ))}
    </ul>
  )
}
