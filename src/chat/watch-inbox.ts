import { call } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import { TertuliaError } from '../core/error.ts'
import { findIdentity, requireIdentity } from '../core/identity.ts'
import { toTertuliaError } from '../core/map-error.ts'
import { notifyAll } from '../core/notify.ts'
import type { CloseReason } from '../core/user-channel.ts'
import { createCatchUp } from './catch-up.ts'
import type { ConversationStatus } from './conversation.ts'
import type { HeadCheck } from './head-check.ts'
import type { InboxItem } from './inbox-item.ts'
import { createInboxState, type InboxState, inboxAnswer } from './inbox-state.ts'

const operation = 'chat.watchInbox'

/** What a live inbox shows; a new object after each change, never changed itself. */
export interface InboxSnapshot {
  /** As for an open conversation: `live` when it equals the database and hears of changes. */
  status: ConversationStatus
  /** Why it is closed. */
  closeReason: CloseReason | 'error' | null
  /** The newest failure while `offline`, or the one that closed it. */
  error: TertuliaError | null
  /** False until it is first known. */
  loaded: boolean
  /** Conversations that are not archived: pinned ones first, then by last activity. An item that did not change is the same object. */
  items: readonly InboxItem[]
  /** The archived ones. */
  archived: readonly InboxItem[]
  /** Unread messages of `items`, those of muted ones left out. */
  unread: number
  /** Whether there are more: it begins with the first 1,000, archived ones included, and shows what changes of the others. */
  hasMore: boolean
}

/** An inbox held live. */
export interface LiveInbox {
  /** The same object until something changes: made for `useSyncExternalStore`. */
  getSnapshot(): InboxSnapshot
  /** Calls back after each change; returns what ends it. */
  subscribe(listener: () => void): () => void
  /** Ends it; may be called again. */
  close(): void
}

/**
 * One's inbox as the database has it, kept that way: it comes in one request, changes as events tell, and reads what changed
 * since whenever an event does not say it all, on every join and wake, and once in 30 s. Names of people, and up to where
 * others have read, are as of the conversation's newest change.
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
export function watchInbox(context: Context, checkHead: HeadCheck['inbox']): LiveInbox {
  const listeners = new Set<() => void>()
  const ends: (() => void)[] = []
  const aborter = new AbortController()
  let state: InboxState | null = null
  let owner = ''
  let snapshot: InboxSnapshot | null = null
  let status: ConversationStatus = 'connecting'
  let closeReason: InboxSnapshot['closeReason'] = null
  let error: TertuliaError | null = null
  let channel: 'unknown' | 'joined' | 'lost' = 'unknown'
  let loaded = false
  let known = false

  function changed(): void {
    snapshot = null
    notifyAll(listeners, (listener) => listener())
  }

  function become(next: ConversationStatus, why: TertuliaError | null): void {
    if (status === 'closed' || (status === next && error === why)) return
    status = next
    error = why
    changed()
  }

  function end(reason: NonNullable<InboxSnapshot['closeReason']>, why: TertuliaError | null = null): void {
    if (status === 'closed') return
    catchUp.cancel()
    aborter.abort()
    for (const stop of ends.splice(0)) stop()
    // What one person saw is not for the next.
    if (reason === 'signed-out') state?.clear()
    closeReason = reason
    become('closed', why)
  }

  const isClosed = () => status === 'closed'

  const catchUp = createCatchUp(context, {
    isClosed,
    // The regular check does not show unless it finds something.
    onStart: () => status === 'offline' && become('catching-up', null),
    async synchronise() {
      const options = {
        signal: aborter.signal,
        async prepare() {
          // Read as this person or not at all: third-party tokens change without an event.
          const identity = await findIdentity(context, operation)
          if (identity?.userId === owner) return identity.token
          context.userChannel.expect(identity?.userId ?? null)
          end('signed-out')
          throw new TertuliaError(
            'not_signed_in',
            `unable to complete ${operation}; somebody else is signed in`,
            {
              operation,
            },
          )
        },
      }
      const since = { since: state?.position() ?? undefined }
      const answer = await call(context, 'chat.syncInbox', options, 'sync_inbox', since, inboxAnswer)
      if (isClosed() || !state) return 'complete'
      const outcome = state.synchronise(answer)
      const news = !loaded || answer.anew || answer.items.length > 0 || answer.removed.length > 0
      known = loaded = true
      if (news) changed()
      return outcome
    },
    onComplete: () =>
      become(({ joined: 'live', lost: 'offline', unknown: 'connecting' } as const)[channel], null),
    onFailure(failure) {
      known = false
      become('offline', failure)
    },
    onEnd: (failure) => end('error', failure),
  })

  function synchronise(): void {
    if (status !== 'connecting') become('catching-up', null)
    void catchUp.run()
  }

  async function start(): Promise<void> {
    owner = (await requireIdentity(context, operation)).userId
    if (isClosed()) return
    const mine = createInboxState(owner)
    state = mine
    ends.push(
      checkHead({ catchUp: catchUp.run, head: (id) => (known ? mine.head(id) : undefined) }),
      context.lifecycle.onWake(synchronise),
      context.lifecycle.onOffline?.(() => become('offline', null)) ?? (() => {}),
      context.userChannel.listen(owner, {
        onJoined() {
          channel = 'joined'
          synchronise()
        },
        onLost() {
          channel = 'lost'
          become('offline', null)
        },
        onEvent(event, payload) {
          if (isClosed() || !/^(message|conversation|mine|removed)$/.test(event)) return
          const outcome = mine.receive(event, payload)
          if (outcome === 'applied') changed()
          else if (outcome === 'gap') synchronise()
        },
        onSignedOut: () => end('signed-out'),
      }),
    )
    if (!catchUp.isRunning()) void catchUp.run()
  }

  start().catch((thrown) => end('error', toTertuliaError(operation, thrown, false)))

  return {
    getSnapshot() {
      if (snapshot) return snapshot
      const all = state?.items() ?? []
      const items = all.filter(({ archived }) => !archived)
      snapshot = {
        status,
        closeReason,
        error,
        loaded,
        items,
        archived: all.filter(({ archived }) => archived),
        unread: items.reduce((sum, { muted, unread }) => sum + (muted ? 0 : unread), 0),
        hasMore: (state?.total() ?? 0) > all.length,
      }
      return snapshot
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: () => end('closed'),
  }
}
