'use client'

import { TertuliaProvider, useInbox } from 'tertulia/react'
import { tertulia } from './lib/browser'

function Conversations() {
  const { snapshot, error } = useInbox()
  if (error && !error.retryable) return <p role="alert">{error.message}</p>
  if (!snapshot?.loaded) return <p>Opening the inbox…</p>
  return (
    <ul aria-label="Inbox">
      {snapshot.items.map(({ conversation, counterpart, lastMessage, unread }) => (
        <li key={conversation.id}>
          {conversation.subject ?? counterpart?.displayName}: {lastMessage?.content} ({unread} unread)
        </li>
      ))}
    </ul>
  )
}

/** Live: new messages show without a reload. */
export function Inbox() {
  return (
    <TertuliaProvider tertulia={tertulia}>
      <Conversations />
    </TertuliaProvider>
  )
}
