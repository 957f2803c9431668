import type { ConversationSnapshot, OpenConversation } from '../chat/index.ts'
import { useTertulia } from './provider.ts'
import { type Live, useLive } from './use-live.ts'

/**
 * A conversation held open while the component is mounted; it is closed when the component goes or `id` changes.
 *
 * @param id - The conversation; null for none yet.
 * @example
 * ```tsx
 * function Room({ id }: { id: string }) {
 *   const { snapshot, handle } = useConversation(id)
 *   if (!snapshot) return <p>Opening…</p>
 *   return (
 *     <>
 *       {snapshot.messages.map((message) => <p key={message.id}>{message.content}</p>)}
 *       {snapshot.pending.map((message) => <p key={message.id}>{message.content} …</p>)}
 *       <button onClick={() => handle?.send({ content: 'Hello' })}>Hello</button>
 *     </>
 *   )
 * }
 * ```
 */
export function useConversation(id: string | null): Live<ConversationSnapshot, OpenConversation> {
  const { chat } = useTertulia()
  return useLive(id, (open) => chat.openConversation(open))
}

/**
 * The conversation with another person, made at the first call, as {@link useConversation} holds it. `failure` has why it could
 * not be had, such as `profile_not_found` or `blocked`.
 *
 * @param userId - The other person; null for nobody yet.
 * @example
 * ```tsx
 * const { snapshot, failure, reopen } = useDirect(person.id)
 * ```
 */
export function useDirect(userId: string | null): Live<ConversationSnapshot, OpenConversation> {
  const { chat } = useTertulia()
  return useLive(userId, (other, signal) => chat.openDirect(other, { signal }))
}
