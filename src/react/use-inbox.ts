import type { InboxSnapshot, LiveInbox } from '../chat/index.ts'
import { useTertulia } from './provider.ts'
import { type Live, useLive } from './use-live.ts'

/**
 * One's inbox, live while the component is mounted. Two components that show it hold two: put it high in the tree and hand it
 * down.
 *
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
  const { chat } = useTertulia()
  return useLive('inbox', () => chat.watchInbox())
}
