import { call } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import { createLive, type Live } from '../live/handle.ts'
import type { LiveHandle, LiveState } from '../live/types.ts'
import type { InboxItem } from './inbox-item.ts'
import { createInboxState, type InboxState, inboxAnswer } from './inbox-state.ts'
import type { Unsent } from './schema.ts'
import { sharedOf } from './shared.ts'

const operation = 'chat.watchInbox'

/** How many messages of the user the database does not have yet. */
export interface UnsentCount {
  /** Messages that are sent as soon as there is a network. */
  waiting: number
  /** Messages that failed and are not tried again by themselves. */
  failed: number
}

/** How many messages are unsent in all, and in each conversation. */
export interface UnsentCounts extends UnsentCount {
  /** By conversation id; a conversation without unsent messages is not in it, one that the user has left is. */
  byConversation: Readonly<Record<string, UnsentCount>>
}

/** Counts unsent messages. */
function countUnsent(list: readonly Unsent[]): UnsentCounts {
  const all: UnsentCounts = { waiting: 0, failed: 0, byConversation: {} }
  const byConversation: Record<string, UnsentCount> = {}
  for (const { conversationId, failure } of list) {
    byConversation[conversationId] ??= { waiting: 0, failed: 0 }
    for (const count of [all, byConversation[conversationId]]) count[failure ? 'failed' : 'waiting']++
  }
  return { ...all, byConversation }
}

/** What a live inbox shows; a new object after each change, never changed itself. */
export interface InboxSnapshot extends LiveState {
  /** False until it is first known. */
  loaded: boolean
  /** Conversations that are not archived: pinned ones first, then by last activity. An item that did not change is the same object. */
  items: readonly InboxItem[]
  /** The archived ones. */
  archived: readonly InboxItem[]
  /** Unread messages of `items`, those of muted ones left out. */
  unread: number
  /** Your messages that the database does not have yet, in all conversations. Zeros until the user is known. */
  unsent: UnsentCounts
  /** Whether there are more: it begins with the first 1,000, archived ones included, and shows what changes of the others. */
  hasMore: boolean
}

/** An inbox held live. */
export type LiveInbox = LiveHandle<InboxSnapshot>

/**
 * One's inbox as the database has it, kept that way: it comes in one request, changes as events tell, and reads what changed
 * since whenever an event does not say it all, on every join and wake, and once in 30 s.
 *
 * Failures show in the snapshot. It closes by itself when the person signs out.
 *
 * @example
 * ```ts
 * const inbox = tertulia.chat.watchInbox()
 * const stop = inbox.subscribe(() => render(inbox.getSnapshot().items))
 * inbox.close()
 * ```
 */
export function watchInbox(context: Context): LiveInbox {
  const { headCheck, outbox } = sharedOf(context)
  let state: InboxState | null = null
  // Nobody before that is known, and after a sign-out.
  let me: string | null = null
  let loaded = false
  // Whether what it knows is of a time when it could be read.
  let known = false

  const live: Live<InboxSnapshot> = createLive<never, InboxSnapshot>(context, operation, {
    begin(userId) {
      const mine = createInboxState(context, userId)
      state = mine
      me = userId
      return [
        headCheck.inbox({ catchUp: live.look, head: (id) => (known ? mine.head(id) : undefined) }),
        outbox.listen({ userId, onChange: live.changed }),
      ]
    },
    hear(event, payload) {
      if (!state || !/^(message|reaction|conversation|mine|read|removed)$/.test(event)) return
      const outcome = state.receive(event, payload)
      if (outcome === 'applied') live.changed()
      else if (outcome === 'gap') void live.catchUp()
    },
    async synchronise() {
      const since = { since: state?.position() ?? undefined }
      const answer = await call(context, 'chat.syncInbox', live.request, 'sync_inbox', since, inboxAnswer)
      if (live.isClosed() || !state) return 'complete'
      const outcome = state.synchronise(answer)
      const { anew, items, removed, marks } = answer
      const news = !loaded || anew || [items, removed, Object.keys(marks)].some((list) => list.length > 0)
      known = loaded = true
      if (news) live.changed()
      return outcome
    },
    onAwake: outbox.flush,
    onComplete: () => state?.settle(),
    onFailure() {
      known = false
    },
    onEnded(reason) {
      // What one person saw is not for the next.
      if (reason !== 'signed-out') return
      state?.clear()
      me = null
    },
    snapshot(handle) {
      const all = state?.items() ?? []
      const items = all.filter(({ archived }) => !archived)
      return {
        ...handle,
        loaded,
        items,
        archived: all.filter(({ archived }) => archived),
        unread: items.reduce((sum, { muted, unread }) => sum + (muted ? 0 : unread), 0),
        unsent: countUnsent(me ? outbox.list({ userId: me }) : []),
        hasMore: (state?.total() ?? 0) > all.length,
      }
    },
  })

  return { getSnapshot: live.getSnapshot, subscribe: live.subscribe, close: live.close }
}
