import { useState } from 'react'
import { useConversation } from 'tertulia/react'

export function Room({ id }: { id: string }) {
  const { snapshot, handle, error } = useConversation(id)
  const [problem, setProblem] = useState<Error>()
  // A wrong id, a conversation of others, nobody signed in. A retryable error passes by itself.
  if (error && !error.retryable) return <p role="alert">{error.message}</p>
  if (!snapshot || !handle) return <p>Opening…</p>
  return (
    <>
      <p>{snapshot.status}</p>
      {snapshot.messages.map((message) => (
        <p key={message.id}>{message.content}</p>
      ))}
      {snapshot.pending.map((message) => (
        <p key={message.id}>{message.content} …</p>
      ))}
      <button type="button" onClick={() => handle.send({ content: 'Hello' }).catch(setProblem)}>
        Say hello
      </button>
      {problem && <p role="alert">{problem.message}</p>}
    </>
  )
}
