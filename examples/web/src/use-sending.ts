import { useState } from 'react'
import type { OpenConversation } from 'tertulia'

/** A message on its way, or one that did not get there. */
export interface Outgoing {
  id: string
  content: string
  failure: unknown
}

export interface Sending {
  outgoing: readonly Outgoing[]
  send(content: string): void
  retry(message: Outgoing): void
  discard(id: string): void
}

/** Shows messages from the moment they are sent; the same id each time makes sure that a second try sends nothing twice. */
export function useSending(conversation: OpenConversation): Sending {
  const [outgoing, setOutgoing] = useState<readonly Outgoing[]>([])
  const discard = (id: string) => setOutgoing((all) => all.filter((message) => message.id !== id))

  function transmit({ id, content }: { id: string; content: string }) {
    const mark = (failure: unknown) =>
      setOutgoing((all) => [...all.filter((message) => message.id !== id), { id, content, failure }])
    mark(null)
    conversation.send({ id, content }).then(() => discard(id), mark)
  }

  return {
    outgoing,
    send: (content) => transmit({ id: crypto.randomUUID(), content }),
    retry: transmit,
    discard,
  }
}
