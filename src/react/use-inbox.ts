import type { Chat, InboxSnapshot, LiveInbox } from '../chat/index.ts'
import { useTertulia } from './provider.ts'
import { type Live, useLive } from './use-live.ts'

/**
 * Holds your inbox live while the component is mounted, and reopens it when another user signs in. Each component that calls it holds an
 * inbox of its own: call it high in the tree and pass the result down.
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
  const { chat } = useTertulia<{ chat: Chat }>()
  return useLive(chat, 'inbox', () => chat.watchInbox())
}
