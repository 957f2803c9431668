import type { CallOptions } from '../../core/run.ts'
import type { LastSeen } from './last-seen.ts'
import type { NewDraft } from './own-side.ts'

/** Calls about what you keep for yourself of a conversation. */
export interface OwnCalls {
  /**
   * Clears the history of a conversation for you, on all your devices and for good: in the conversation, the inbox, searches, replies and
   * files. What is cleared is not unread. The other participants keep everything, and read receipts do not change. A group that you join
   * again stays cleared.
   *
   * @param conversationId - The conversation's id.
   * @param upToSeq - The `seq` of the last message to clear; the newest one when you leave it out. Clearing never moves back.
   * @throws `conversation_not_found`, `invalid_input`, `not_signed_in`.
   * @example
   * ```ts
   * await tertulia.chat.clearHistory(group.id)
   * await tertulia.chat.setFlags(group.id, { hidden: true }) // out of the inbox, until the next message
   * ```
   */
  clearHistory(conversationId: string, upToSeq?: number, options?: CallOptions): Promise<void>
  /**
   * Keeps what you are writing in a conversation, on all your devices: at most one draft per conversation, and the last call decides. Calls for
   * one conversation run in order. It shows as `draft` in your inbox, and never to the other participants. Sending the message removes it.
   *
   * @param conversationId - The conversation's id.
   * @param draft - `content` has at most 8,000 characters; null, or a draft with nothing in it, removes the draft. With the `id` of the
   * message, a draft that arrives after the message is dropped, and sending another message keeps the draft.
   * @throws `conversation_not_found`; `invalid_input`; `rate_limited` after 120 drafts in a minute; `not_signed_in`.
   * @example
   * ```ts
   * const id = crypto.randomUUID()
   * await tertulia.chat.setDraft(group.id, { id, content: 'On my w' })
   * await tertulia.chat.send(group.id, { id, content: 'On my way' })
   * ```
   */
  setDraft(conversationId: string, draft: NewDraft | null, options?: CallOptions): Promise<void>
  /**
   * Keeps that you are active now, if you show it. Call it about once a minute while the app is in use, or more often: the database writes at
   * most once a minute.
   *
   * @param visible - True begins to show when you were last active, false ends it and forgets the time; leave it out otherwise. Nobody shows
   * it at first.
   * @returns Whether you show it.
   * @throws `rate_limited` after 10 changes of `visible` in 10 minutes; `account_not_found`; `invalid_input`; `not_signed_in`.
   * @example
   * ```ts
   * await tertulia.chat.markActive(true)
   * setInterval(() => void tertulia.chat.markActive(), 60_000)
   * ```
   */
  markActive(visible?: boolean, options?: CallOptions): Promise<boolean>
  /**
   * Lists when users were last active: those who show it and have written in a conversation that you both take part in. Users are left out
   * when one of you blocked the other.
   *
   * @param userIds - At most 256 ids.
   * @returns The last one first.
   * @throws `invalid_input`, `not_signed_in`.
   * @example
   * ```ts
   * const [seen] = await tertulia.chat.listLastSeen([ben.id])
   * console.log(seen?.online, seen?.seenAt)
   * ```
   */
  listLastSeen(userIds: string[], options?: CallOptions): Promise<LastSeen[]>
}
