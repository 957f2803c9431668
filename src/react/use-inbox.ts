import { useCallback, useSyncExternalStore } from 'react'
import type { Chat, InboxSnapshot, LiveInbox } from '../chat/index.ts'
import { useDomain } from './provider.ts'
import { type Live, useLive } from './use-live.ts'
import { useSelected } from './use-selected.ts'

interface Shared {
  inbox: LiveInbox | null
  holders: number
  /** Grows when the inbox closed by itself and a component opened another one: the others take that. */
  generation: number
  listeners: Set<() => void>
}

/** The inbox that the components of a client share. */
const shared = new WeakMap<Chat, Shared>()

function sharedOf(chat: Chat): Shared {
  const known = shared.get(chat) ?? { inbox: null, holders: 0, generation: 0, listeners: new Set() }
  shared.set(chat, known)
  return known
}

/** One live inbox for all components: each closes its own hold, and the last one closes the inbox. */
function holdInbox(chat: Chat): LiveInbox {
  const held = sharedOf(chat)
  if (held.inbox?.getSnapshot().status === 'closed') {
    held.inbox = null
    held.holders = 0
    held.generation++
    for (const changed of held.listeners) changed()
  }
  const inbox = held.inbox ?? chat.watchInbox()
  held.inbox = inbox
  held.holders++
  let isHeld = true
  return {
    ...inbox,
    close() {
      if (!isHeld || held.inbox !== inbox) return
      isHeld = false
      held.holders--
      // A component that takes its place holds it a moment later.
      setTimeout(() => {
        if (held.holders > 0 || held.inbox !== inbox) return
        held.inbox = null
        inbox.close()
      })
    },
  }
}

/** Of the inbox that the components of a client share. */
function useGeneration(chat: Chat): number {
  const held = sharedOf(chat)
  const subscribe = useCallback(
    (changed: () => void) => {
      held.listeners.add(changed)
      return () => held.listeners.delete(changed)
    },
    [held],
  )
  return useSyncExternalStore(
    subscribe,
    () => held.generation,
    () => 0,
  )
}

/**
 * Holds your inbox live while the component is mounted, and reopens it when another user signs in. All components share one inbox.
 *
 * @returns The snapshot, the handle, and `error`: `not_signed_in`, or the network's error while it is offline.
 * @example
 * ```tsx
 * function Inbox() {
 *   const { snapshot } = useInbox()
 *   return snapshot?.items.map(({ conversation, counterpart, unread }) => (
 *     <p key={conversation.id}>{conversation.subject ?? counterpart?.displayName} {unread}</p>
 *   ))
 * }
 * ```
 */
export function useInbox(): Live<InboxSnapshot, LiveInbox> {
  const chat = useDomain('chat')
  return useLive(chat, `inbox ${useGeneration(chat)}`, () => holdInbox(chat))
}

/**
 * Returns how many messages are unread in conversations that are not muted: the number for your app's badge.
 *
 * @example
 * ```tsx
 * const unread = useUnread()
 * const badge = unread > 0 && <span>{unread}</span>
 * ```
 */
export function useUnread(): number {
  const { handle } = useInbox()
  return useSelected(handle, ({ unread }) => unread) ?? 0
}
