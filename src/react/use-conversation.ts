import type { Chat, ConversationSnapshot, OpenConversation } from '../chat/index.ts'
import { useTertulia } from './provider.ts'
import { type Live, useLive } from './use-live.ts'

/**
 * Keeps a conversation open while the component is mounted. It closes when the component goes or `id` changes, and opens again when
 * another user signs in or the provider gets another `tertulia`.
 *
 * @param id - The conversation's id; null for none yet.
 * @returns `error` says why it is not open: `invalid_input` for an id that is not a UUID, `conversation_not_found`, `not_signed_in`,
 * or what the network gave while it is offline.
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
 * Keeps your direct conversation with another user open while the component is mounted. The first call creates it.
 *
 * @param userId - The other user's id; null for nobody yet.
 * @returns `error` says why it is not open, such as `profile_not_found`, `blocked`, `invalid_input` or `not_signed_in`.
 * @example
 * ```tsx
 * const { snapshot, error, reopen } = useDirect(person.id)
 * if (error && !error.retryable) return <button onClick={reopen}>{error.message}</button>
 * ```
 */
export function useDirect(userId: string | null): Live<ConversationSnapshot, OpenConversation> {
  const { chat } = useTertulia<{ chat: Chat }>()
  return useLive(chat, userId, (other, signal) => chat.openDirect(other, { signal }))
}
