import type { Chat, ConversationSnapshot, OpenConversation } from '../chat/index.ts'
import { useTertulia } from './provider.ts'
import { type Live, useLive } from './use-live.ts'

/**
 * Holds a conversation open while the component is mounted. It closes when the component unmounts or `id` changes, and reopens when
 * another user signs in or the provider gets another `tertulia`.
 *
 * @param id - The conversation's id; null to open none.
 * @returns The snapshot, the handle to act with, and `error`: `invalid_input` for an id that is not a UUID, `conversation_not_found`,
 * `not_signed_in`, or the network's error while it is offline.
 * @example
 * ```tsx
 * function Room({ id }: { id: string }) {
 *   const { snapshot, handle, error } = useConversation(id)
 *   if (error && !error.retryable) return <p role="alert">{error.message}</p>
 *   if (!snapshot) return <p>Opening…</p>
 *   return (
 *     <>
 *       {snapshot.messages.map((message) => <p key={message.id}>{message.content}</p>)}
 *       {snapshot.pending.map((message) => <p key={message.id}>{message.content} …</p>)}
 *       <button onClick={() => handle?.send({ content: 'Hello' }).catch(alert)}>Say hello</button>
 *     </>
 *   )
 * }
 * ```
 */
export function useConversation(id: string | null): Live<ConversationSnapshot, OpenConversation> {
  const { chat } = useTertulia<{ chat: Chat }>()
  return useLive(chat, id, (open) => chat.openConversation(open))
}

/**
 * Holds your direct conversation with another user open while the component is mounted. The first call creates it.
 *
 * @param userId - The other user's id; null to open none.
 * @returns The snapshot, the handle to act with, and `error`, such as `profile_not_found`, `blocked`, `invalid_input` or `not_signed_in`.
 * @example
 * ```tsx
 * function Room({ userId }: { userId: string }) {
 *   const { snapshot, error, reopen } = useDirect(userId)
 *   if (error && !error.retryable) return <button onClick={reopen}>{error.message}</button>
 *   return snapshot?.messages.map((message) => <p key={message.id}>{message.content}</p>)
 * }
 * ```
 */
export function useDirect(userId: string | null): Live<ConversationSnapshot, OpenConversation> {
  const { chat } = useTertulia<{ chat: Chat }>()
  return useLive(chat, userId, (other, signal) => chat.openDirect(other, { signal }))
}
