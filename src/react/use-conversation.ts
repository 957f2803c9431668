import type { ConversationSnapshot, Message, OpenConversation } from '../chat/index.ts'
import { useDomain } from './provider.ts'
import { type Live, useLive } from './use-live.ts'
import { useSelected } from './use-selected.ts'

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
  const chat = useDomain('chat')
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
  const chat = useDomain('chat')
  return useLive(chat, userId, (other, signal) => chat.openDirect(other, { signal }))
}

const messagesOf = ({ messages }: ConversationSnapshot) => messages
const none: readonly Message[] = []

/**
 * Returns a part of an open conversation and renders only when that part changes. Typing, presence and receipts of others then do not render
 * a list of messages. A message that did not change is the same object, so `memo` rows render once each.
 *
 * @param conversation - From `useConversation` or `useDirect`; null for none.
 * @param select - The part to return; the messages by default. Its result is compared item by item when it is a list.
 * @example
 * ```tsx
 * import { memo } from 'react'
 *
 * const Row = memo(({ message }: { message: Message }) => <p>{message.content}</p>)
 *
 * function Messages({ conversation }: { conversation: OpenConversation | null }) {
 *   return useMessages(conversation).map((message) => <Row key={message.id} message={message} />)
 * }
 * ```
 */
export function useMessages(conversation: OpenConversation | null): readonly Message[]
export function useMessages<T>(
  conversation: OpenConversation | null,
  select: (snapshot: ConversationSnapshot) => T,
): T | null
export function useMessages(
  conversation: OpenConversation | null,
  select?: (snapshot: ConversationSnapshot) => unknown,
): unknown {
  const selected = useSelected(conversation, select ?? messagesOf)
  return select ? selected : (selected ?? none)
}

const nobody: readonly string[] = []

/**
 * Returns the ids of the other users who are typing in an open conversation, and renders only when they change.
 *
 * @param conversation - From `useConversation` or `useDirect`; null for none.
 * @example
 * ```tsx
 * const { handle } = useConversation(id)
 * const typing = useTyping(handle)
 * const line = typing.length > 0 && <p>{typing.length} typing …</p>
 * ```
 */
export function useTyping(conversation: OpenConversation | null): readonly string[] {
  return useSelected(conversation, ({ typing }) => typing) ?? nobody
}

/**
 * Returns the ids of the other users who have the conversation open, and renders only when they change.
 *
 * @param conversation - From `useConversation` or `useDirect`; null for none.
 * @example
 * ```tsx
 * const { handle } = useConversation(id)
 * const present = usePresence(handle)
 * const dot = present.length > 0 && <span title="here now">●</span>
 * ```
 */
export function usePresence(conversation: OpenConversation | null): readonly string[] {
  return useSelected(conversation, ({ present }) => present) ?? nobody
}
