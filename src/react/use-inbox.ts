import type { Chat, InboxSnapshot, LiveInbox } from '../chat/index.ts'
import { useTertulia } from './provider.ts'
import { type Live, useLive } from './use-live.ts'

/**
 * Keeps your inbox live while the component is mounted, and opens it again when another user signs in. Each component that calls it
 * holds an inbox of its own: call it high in the tree and pass the result down.
 *
 * @returns `error` says why it is not live: `not_signed_in`, or what the network gave while it is offline.
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
