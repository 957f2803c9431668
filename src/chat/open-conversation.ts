import type { Context } from '../core/context.ts'
import { TertuliaError } from '../core/error.ts'
import { requireIdentity } from '../core/identity.ts'
import { toTertuliaError } from '../core/map-error.ts'
import { notifyAll } from '../core/notify.ts'
import { id as idSchema, parseInput } from '../core/parse.ts'
import { createCatchUp } from './catch-up.ts'
import type { ConversationSnapshot, ConversationStatus, OpenConversation } from './conversation.ts'
import { conversationActions } from './conversation-actions.ts'
import { fetchChanges } from './fetch-changes.ts'
import { createGaps } from './gaps.ts'
import type { HeadChecked } from './head-check.ts'
import { createLivePlace } from './live-topic.ts'
import { readMark } from './mark-read.ts'
import type { Outbox } from './outbox.ts'
import { createReading } from './reading.ts'
import { type Change, conversationEvent, readEvent, revisedMessage, toPending } from './schema.ts'
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
  const gaps = createGaps(context, id)
  const listeners = new Set<() => void>()
  const ends: (() => void)[] = []
  const aborter = new AbortController()
  let snapshot: ConversationSnapshot | null = null
  let status: ConversationStatus = 'connecting'
  let closeReason: ConversationSnapshot['closeReason'] = null
  let error: TertuliaError | null = null
  let channel: 'unknown' | 'joined' | 'lost' = 'unknown'
  let outbox: Outbox | null = null
  let ownRead = 0
  const live = createLivePlace(context, id, {
    onChange: changed,
    onRead(userId, seq) {
      timeline.read(userId, Math.min(seq, timeline.conversation()?.lastSeq ?? 0))
      changed()
    },
  })

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
    live.moveTo(null)
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
      const answer = await fetchChanges(context, id, timeline.revision(), outbox?.userId, aborter.signal)
      if (isClosed()) return 'complete'
      const known = timeline.revision()
      if (known !== null && answer.head > known) gaps.detect(known + 1, answer.head)
      const outcome = timeline.synchronise(answer)
      live.moveTo(answer.liveKey, outbox?.userId)
      changed()
      return outcome
    },
    onComplete() {
      gaps.repair(timeline.revision() ?? 0)
      reading.resume()
      // Before the first join the page may show already, but nothing is live yet.
      become(({ joined: 'live', lost: 'offline', unknown: 'connecting' } as const)[channel], null)
    },
    onFailure: (failure) => become('offline', failure),
    onEnd(failure) {
      const takesPart = failure.code !== 'conversation_not_found' || timeline.revision() === null
      end(takesPart ? 'error' : 'removed', takesPart ? failure : null)
    },
  })

  /** Takes a change in, or finds out what it is. */
  function take(change: Change | null): void {
    const known = timeline.revision()
    const before = timeline.conversation()
    const outcome = change ? timeline.receive(change) : 'gap'
    if (outcome === 'known') return
    if (outcome === 'gap') {
      if (change && known !== null) gaps.detect(known + 1, change.revision - 1)
      return void catchUp.run()
    }
    if (change && 'message' in change) live.topic()?.silence(change.message.senderId)
    else if (
      before?.kind === 'direct' ||
      !before?.participants.every((one) => timeline.participant(one.userId))
    ) {
      // A block, or somebody left: nothing more is said where they may still listen, and the new key is fetched.
      live.moveTo(null)
      void catchUp.run()
    }
    changed()
  }

  function hear(event: string, payload: unknown): void {
    if (isClosed() || (payload as { conversation_id?: unknown })?.conversation_id !== id) return
    // It may be of a time before one came back: the database says whether one takes part.
    if (event === 'removed') void catchUp.run()
    else if (event === 'mine') hearRead(readEvent(readMark, payload)?.lastReadSeq ?? 0)
    else if (event === 'message') take(readEvent(revisedMessage, payload))
    else if (event === 'conversation') take(readEvent(conversationEvent, payload))
  }

  /** How far one has read oneself: never less than was known, whatever an older answer says. */
  const lastReadSeq = () => Math.max(ownRead, timeline.participant(outbox?.userId)?.lastReadSeq ?? 0)

  function hearRead(seq: number): void {
    if (!outbox || isClosed() || seq <= lastReadSeq()) return
    ownRead = seq
    timeline.read(outbox.userId, seq)
    changed()
  }

  const reading = createReading(context, id, lastReadSeq, opened, (seq) => {
    hearRead(seq)
    live.topic()?.setRead(seq)
  })

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
      mine.show(id, { onChange: changed, onSent: take, onGone: () => void catchUp.run() }),
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
    const message = `unable to complete ${attempted}; the conversation is closed`
    throw new TertuliaError('closed', message, { operation: attempted })
  }

  return {
    ...conversationActions({
      context,
      id,
      timeline,
      reading,
      closing: aborter.signal,
      opened,
      changed,
      take,
      catchUp: catchUp.run,
    }),
    id,
    getSnapshot() {
      if (snapshot) return snapshot
      const conversation = timeline.conversation()
      snapshot = {
        status,
        closeReason,
        error,
        conversation,
        messages: timeline.messages(),
        hasOlder: timeline.hasOlder(),
        hasNewer: timeline.hasNewer(),
        lastReadSeq: lastReadSeq(),
        typing: live.topic()?.typing().filter(timeline.participant) ?? [],
        present: live.topic()?.present().filter(timeline.participant) ?? [],
        unread: Math.max(0, (conversation?.lastSeq ?? 0) - lastReadSeq()),
        // One that came by broadcast before its answer is there already.
        pending: (outbox?.list(id) ?? []).filter((one) => !timeline.has(one.id)).map(toPending),
      }
      return snapshot
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    setTyping: (typing) => live.topic()?.setTyping(typing),
    close: () => end('closed'),
  }
}
