import { call } from '../../core/call.ts'
import type { Context } from '../../core/context.ts'
import { createLive, type Live } from '../../live/handle.ts'
import type { LiveHandle, LiveState } from '../../live/types.ts'
import type { Unsent } from '../messages/new-message.ts'
import { sharedOf } from '../shared.ts'
import type { InboxItem } from './inbox-item.ts'
import { createInboxState, type InboxState, inboxAnswer } from './inbox-state.ts'

const operation = 'chat.watchInbox'

/** How many messages of the user the database does not have yet. */
export interface UnsentCount {
  /** Messages that are sent when the network is back. */
  waiting: number
  /** Messages that failed and are not retried. */
  failed: number
}

/** How many messages are unsent, in total and by conversation. */
export interface UnsentCounts extends UnsentCount {
  /** By conversation id, with conversations that the user has left. Conversations without unsent messages are absent. */
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

/** The state of a live inbox: an immutable object, a new one after each change. */
export interface InboxSnapshot extends LiveState {
  /** False until the first answer, or until what the cache keeps shows. */
  loaded: boolean
  /** Conversations that are not archived or hidden: pinned ones first, then by last activity. An unchanged item stays the same object. */
  items: readonly InboxItem[]
  /** Archived conversations that are not hidden. */
  archived: readonly InboxItem[]
  /** Unread messages of `items` without the muted ones, and 1 for each other one that is marked as unread: the number for a badge. */
  unread: number
  /** Your messages that the database does not have yet, in all conversations. Zeros until the user is known. */
  unsent: UnsentCounts
  /** Whether there are more than the first 1,000, archived ones included. Later changes of the others show too. */
  hasMore: boolean
}

/** A live handle on your inbox. */
export type LiveInbox = LiveHandle<InboxSnapshot>

/**
 * Holds your inbox live: your conversations with their newest messages and unread counts. It loads up to 1,000 conversations in one request
 * and follows changes. A change whose event is lost shows within 30 s. Failures show in the snapshot's `error`. The handle closes when the
 * user signs out.
 *
 * @returns A handle that you close when you no longer need it.
 * @example
 * ```ts
 * const inbox = watchInbox(context)
 * const stop = inbox.subscribe(() => console.log(inbox.getSnapshot().unread))
 * inbox.close()
 * ```
 */
export function watchInbox(context: Context): LiveInbox {
  const { headCheck, outbox } = sharedOf(context)
  let state: InboxState | null = null
  // None before the user is known, and none after a sign-out.
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
      // The channel carries events of other domains too.
      if (!state || !Object(payload).conversation_id) return
      const outcome = state.receive(event, payload)
      if (outcome === 'applied') live.changed()
      else if (outcome === 'gap') void live.catchUp()
    },
    name: '',
    dump: () => state?.dump(),
    async synchronise(kept) {
      const since = { since: state?.position() ?? undefined }
      const answer = kept
        ? inboxAnswer(kept, '', context)
        : await call(context, 'chat.syncInbox', live.request, 'sync_inbox', since, inboxAnswer)
      if (live.isClosed() || !state) return 'complete'
      const outcome = state.synchronise(answer)
      const { anew, items, removed, marks } = answer
      const news = !loaded || anew || [items, removed, Object.keys(marks)].some((list) => list.length > 0)
      known = !kept
      loaded = true
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
    snapshot(handle, show = (rows) => rows) {
      const all = show(state?.items() ?? [])
      const shown = all.filter(({ hidden }) => !hidden)
      const items = shown.filter(({ archived }) => !archived)
      return {
        ...handle,
        loaded,
        items,
        archived: shown.filter(({ archived }) => archived),
        unread: items.reduce(
          (sum, { muted, unread, markedUnread }) => sum + (muted ? 0 : unread || +markedUnread),
          0,
        ),
        unsent: countUnsent(me ? outbox.list({ userId: me }) : []),
        hasMore: (state?.total() ?? 0) > all.length,
      }
    },
  })

  return { getSnapshot: live.getSnapshot, subscribe: live.subscribe, close: live.close }
}
