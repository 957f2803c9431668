import { call } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import { TertuliaError } from '../core/error.ts'
import { findIdentity, requireIdentity } from '../core/identity.ts'
import { toTertuliaError } from '../core/map-error.ts'
import { notifyAll } from '../core/notify.ts'
import { id as idSchema, parseInput } from '../core/parse.ts'
import { createCatchUp } from './catch-up.ts'
import type { ConversationSnapshot, ConversationStatus, OpenConversation } from './conversation.ts'
import type { HeadChecked } from './head-check.ts'
import { fetchMessages } from './list-messages.ts'
import type { Outbox } from './outbox.ts'
import { readChange, syncAnswer, toPending } from './schema.ts'
import { completeMessage } from './send.ts'
import { createTimeline } from './timeline.ts'

const operation = 'chat.openConversation'

/** What the open conversations of one client share. */
export interface Shared {
  checkHead(conversation: HeadChecked): () => void
  /** The outbox of a person; that of another person is left alone from then on. */
  outboxOf(userId: string): Outbox
}

/**
 * Opens a conversation: its messages as the database has them, kept that way. Whatever the network does to the live
 * events — lost, doubled, late, out of order — each change shows once and in order, for the database's own change numbers
 * tell what is missing, and what is missing is fetched.
 *
 * Failures show in the snapshot; a conversation that one does not take part in closes with `conversation_not_found`.
 *
 * @throws `invalid_input` for an id that is not a UUID.
 * @example
 * ```ts
 * const conversation = tertulia.chat.openConversation(id)
 * const stop = conversation.subscribe(() => render(conversation.getSnapshot()))
 * await conversation.send({ content: 'Hello' })
 * conversation.close()
 * ```
 */
export function openConversation(context: Context, shared: Shared, conversationId: string): OpenConversation {
  const id = parseInput(operation, idSchema, conversationId).toLowerCase()
  const timeline = createTimeline()
  const listeners = new Set<() => void>()
  const ends: (() => void)[] = []
  const aborter = new AbortController()
  let snapshot: ConversationSnapshot | null = null
  let status: ConversationStatus = 'connecting'
  let closeReason: ConversationSnapshot['closeReason'] = null
  let error: TertuliaError | null = null
  let channel: 'unknown' | 'joined' | 'lost' = 'unknown'
  let outbox: Outbox | null = null

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

  function end(
    reason: NonNullable<ConversationSnapshot['closeReason']>,
    why: TertuliaError | null = null,
  ): void {
    if (status === 'closed') return
    catchUp.cancel()
    aborter.abort()
    for (const stop of ends.splice(0)) stop()
    // What one person saw is not for the next, nor for whoever was removed.
    if (reason !== 'closed' && reason !== 'error') timeline.clear()
    closeReason = reason
    become('closed', why)
  }

  const isClosed = () => status === 'closed'

  const catchUp = createCatchUp(context, {
    isClosed,
    onStart: () => status !== 'connecting' && become('catching-up', null),
    async synchronise() {
      const options = {
        signal: aborter.signal,
        async prepare() {
          // Third-party tokens change without an event.
          const identity = await findIdentity(context, 'chat.sync')
          if (identity?.userId !== outbox?.userId) context.userChannel.expect(identity?.userId ?? null)
          return undefined
        },
      }
      const input = { conversationId: id, sinceRevision: timeline.revision() ?? undefined }
      const answer = await call(context, 'chat.sync', options, 'sync_conversation', input, syncAnswer)
      if (isClosed()) return 'complete'
      const outcome = timeline.synchronise(answer)
      changed()
      return outcome
    },
    // Before the first join the page may show already, but nothing is live yet.
    onComplete: () =>
      become(({ joined: 'live', lost: 'offline', unknown: 'connecting' } as const)[channel], null),
    onFailure: (failure) => become('offline', failure),
    onEnd: (failure) => end('error', failure),
  })

  function take(outcome: 'applied' | 'known' | 'gap'): void {
    if (outcome === 'applied') changed()
    else if (outcome === 'gap') void catchUp.run()
  }

  function hear(event: string, payload: unknown): void {
    if (isClosed() || (payload as { conversation_id?: unknown })?.conversation_id !== id) return
    if (event === 'removed') end('removed')
    if (event !== 'message' && event !== 'conversation') return
    const change = readChange(event, payload)
    take(change ? timeline.receive(change) : 'gap')
  }

  async function start(): Promise<Outbox> {
    const { userId } = await requireIdentity(context, operation)
    const mine = shared.outboxOf(userId)
    if (isClosed()) return mine
    outbox = mine
    ends.push(
      shared.checkHead({ id, revision: timeline.revision, catchUp: () => void catchUp.run() }),
      context.lifecycle.onWake(() => {
        void catchUp.run()
        mine.flush()
      }),
      context.lifecycle.onOffline?.(() => become('offline', null)) ?? (() => {}),
      mine.show(id, {
        onChange: changed,
        onSent: (sent) => take(timeline.receive(sent)),
        onGone: () => void catchUp.run(),
      }),
      context.userChannel.listen(userId, {
        onJoined() {
          channel = 'joined'
          void catchUp.run()
          mine.flush()
        },
        onLost() {
          channel = 'lost'
          become('offline', null)
        },
        onEvent: hear,
        onSignedOut: () => end('signed-out'),
      }),
    )
    // The page shows without waiting for the channel; joining it then asks once more for what came in between.
    if (!catchUp.isRunning()) void catchUp.run()
    return mine
  }

  const started = start()
  started.catch((thrown) => end('error', toTertuliaError(operation, thrown, false)))

  async function opened(attempted: string): Promise<Outbox> {
    const mine = await started
    if (!isClosed()) return mine
    throw new TertuliaError('closed', `unable to complete ${attempted}; the conversation is closed`, {
      operation: attempted,
    })
  }

  return {
    id,
    getSnapshot() {
      snapshot ??= {
        status,
        closeReason,
        error,
        conversation: timeline.conversation(),
        messages: timeline.messages(),
        hasOlder: timeline.hasOlder(),
        // One that came by broadcast before its answer is there already.
        pending: (outbox?.list(id) ?? []).filter((one) => !timeline.has(one.id)).map(toPending),
      }
      return snapshot
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async send(message) {
      const complete = completeMessage(context, message)
      const mine = await opened('chat.send')
      const unsent = { ...complete, at: context.clock.now() }
      await mine.add(id, unsent)
      return toPending(unsent)
    },
    async retry(messageId) {
      await (await opened('chat.retry')).retry(id, messageId)
    },
    async discard(messageId) {
      await (await opened('chat.discard')).discard(id, messageId)
    },
    async loadOlder({ limit = 50, signal } = {}) {
      await opened('chat.loadOlder')
      const before = timeline.firstSeq()
      if (before === undefined || before === 1) return
      const page = await fetchMessages(context, id, before, limit, { signal: signal ?? aborter.signal })
      if (isClosed()) return
      timeline.prepend(page, before)
      changed()
    },
    close: () => end('closed'),
  }
}
