import type { Chat, InboxSnapshot, LiveInbox } from '../chat/index.ts'
import { useDomain } from './provider.ts'
import { type Live, useLive } from './use-live.ts'
import { useSelected } from './use-selected.ts'

/** The inbox that the components of a client hold together, and how many do. */
const shared = new WeakMap<Chat, { inbox: LiveInbox; holders: number }>()

/** One live inbox for all components: each closes its own hold, and the last one closes the inbox. */
function holdInbox(chat: Chat): LiveInbox {
  let held = shared.get(chat)
  if (!held || held.inbox.getSnapshot().status === 'closed') {
    held = { inbox: chat.watchInbox(), holders: 0 }
    shared.set(chat, held)
  }
  const mine = held
  let isHeld = true
  mine.holders++
  return {
    ...mine.inbox,
    close() {
      if (!isHeld) return
      isHeld = false
      if (--mine.holders === 0) mine.inbox.close()
    },
  }
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
  return useLive(chat, 'inbox', () => holdInbox(chat))
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
