import { createContext, type ReactNode, useContext, useEffect } from 'react'
import type { InboxItem, InboxSnapshot, LiveInbox } from 'tertulia'
import { type Live, useInbox } from 'tertulia/react'
import { tertulia } from '../client.ts'

const Inbox = createContext<Live<InboxSnapshot, LiveInbox> | null>(null)
const minuteMs = 60_000

/** Holds one inbox open for the header, the list and the conversations below, and says that the user is active. */
export function InboxProvider({ children }: { children: ReactNode }) {
  const inbox = useInbox()
  useEffect(() => {
    const mark = () => {
      if (document.visibilityState === 'visible') tertulia.chat.markActive().catch(() => {})
    }
    const timer = setInterval(mark, minuteMs)
    return () => clearInterval(timer)
  }, [])
  return <Inbox value={inbox}>{children}</Inbox>
}

export function useSharedInbox(): Live<InboxSnapshot, LiveInbox> {
  const inbox = useContext(Inbox)
  if (!inbox) throw new Error('unable to find the inbox; there is no InboxProvider above this component')
  return inbox
}

/** The item of a conversation, also of an archived one. */
export function useInboxItem(conversationId: string | undefined): InboxItem | undefined {
  const { snapshot } = useSharedInbox()
  const items = [...(snapshot?.items ?? []), ...(snapshot?.archived ?? [])]
  return items.find(({ conversation }) => conversation.id === conversationId)
}
