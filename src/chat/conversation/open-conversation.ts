import { call } from '../../core/call.ts'
import type { Context } from '../../core/context.ts'
import { refusal } from '../../core/error.ts'
import { id as idSchema, parseInput } from '../../core/parse.ts'
import { readOrNull } from '../../core/shape.ts'
import { createLive, type Live } from '../../live/handle.ts'
import { type Change, type Marks, readChange, readMarkEvent, unreadAfter } from '../changes.ts'
import { toPending, type Unsent } from '../messages/new-message.ts'
import { type OwnView, ownView, syncAnswer } from '../schema.ts'
import { sharedOf } from '../shared.ts'
import type { ConversationSnapshot, OpenConversation } from './conversation.ts'
import { conversationActions } from './conversation-actions.ts'
import { createGaps } from './gaps.ts'
import { createLivePlace } from './live-topic.ts'
import { createReading } from './reading.ts'
import { createTimeline } from './timeline.ts'

const operation = 'chat.openConversation'

/**
 * Opens a conversation and holds it live: its messages, participants, read receipts, typing and presence. Each change shows once and in
 * order. The client fetches what the network lost. Failures show in the snapshot's `error`; `conversation_not_found` closes the handle.
 *
 * @param conversationId - The conversation's id.
 * @returns A handle that you close when you no longer need it.
 * @throws `invalid_input` for an id that is not a UUID.
 * @example
 * ```ts
 * const conversation = openConversation(context, group.id)
 * const stop = conversation.subscribe(() => console.log(conversation.getSnapshot().messages))
 * await conversation.send({ content: 'Hello' })
 * conversation.close()
 * ```
 */
export function openConversation(context: Context, conversationId: string): OpenConversation {
  const id = parseInput(operation, idSchema, conversationId)
  const { headCheck, outbox } = sharedOf(context)
  const timeline = createTimeline(() => me)
  const gaps = createGaps(context, id)
  // The user who opened it; none before that is known, and none after a sign-out.
  let me: string | null = null
  // Sent, but not in the timeline yet: it shows as pending until the database's answer to what is missing holds it.
  const underWay = new Map<string, Unsent>()
  let ownRead = 0
  // The read position at which the user marked it as unread.
  let marked = -1
  // An answer up to this change is of before a removal that was heard of, or has the key of before.
  let staleAt = -1
  const place = createLivePlace(context, id, () => live.changed())

  const live: Live<ConversationSnapshot> = createLive<'removed', ConversationSnapshot>(context, operation, {
    begin(userId) {
      me = userId
      return [
        headCheck.conversation({
          id,
          catchUp: () => void live.catchUp(),
          hear([revision, marks]) {
            if (revision > (timeline.revision() ?? -1)) void live.catchUp()
            hearMarks(marks)
          },
        }),
        outbox.listen({
          userId,
          conversationId: id,
          onChange: live.changed,
          onSent(sent) {
            const unsent = pending().find((one) => one.id === sent.message.id)
            take(sent)
            if (unsent && (timeline.revision() ?? -1) < sent.revision) underWay.set(unsent.id, unsent)
          },
          onGone(gone) {
            for (const unsent of gone) underWay.set(unsent.id, unsent)
            void live.catchUp()
          },
        }),
      ]
    },
    hear(event, payload) {
      if (Object(payload).conversation_id !== id) return
      // It may be of a time before one came back: the database says whether one takes part.
      if (event === 'removed') {
        staleAt = Math.max(staleAt, timeline.revision() ?? -1)
        void live.catchUp()
      } else if (event === 'mine') {
        const mine = readOrNull(ownView, payload)
        if (mine) hearMine(mine)
      } else if (event === 'read') {
        const mark = readOrNull(readMarkEvent, payload)
        if (mark) hearMarks({ [mark.userId]: mark.lastReadSeq })
      } else take(readChange(context, event, payload))
    },
    name: id,
    dump: timeline.dump,
    async synchronise(kept) {
      const since = { conversationId: id, sinceRevision: timeline.revision() ?? undefined }
      const answer = kept
        ? syncAnswer(kept, '', context)
        : await call(context, 'chat.sync', live.request, 'sync_conversation', since, syncAnswer)
      if (live.isClosed()) return 'complete'
      const known = timeline.revision()
      const head = answer.conversation.revision
      if (live.getSnapshot().confirmed && known !== null && head > known) gaps.detect(known + 1, head)
      // What is not seen leaves no gap before what is.
      timeline.hide(answer.me.visibleFromSeq)
      const outcome = timeline.synchronise(answer)
      hearMine(answer.me)
      const isFresh = head > staleAt
      if (isFresh) place.moveTo(answer.liveKey, me)
      live.changed()
      return isFresh ? outcome : 'gap'
    },
    onAwake: outbox.flush,
    onComplete() {
      staleAt = -1
      underWay.clear()
      gaps.repair(timeline.revision() ?? 0)
      reading.resume()
    },
    reasonOf({ code }) {
      if (code !== 'conversation_not_found') return null
      return timeline.revision() === null ? 'error' : 'removed'
    },
    onEnded(reason) {
      place.moveTo(null)
      // What one user saw is not for the next one, nor for a user who was removed.
      if (reason === 'closed' || reason === 'error') return
      timeline.clear()
      underWay.clear()
      if (reason === 'removed') return
      me = null
      ownRead = 0
    },
    snapshot(state, show = (rows) => rows) {
      const read = lastReadSeq()
      const conversation = timeline.conversation(read)
      return {
        ...state,
        conversation,
        messages: show(timeline.messages()),
        hasOlder: timeline.hasOlder(),
        hasNewer: timeline.hasNewer(),
        lastReadSeq: read,
        typing: place.topic()?.typing().filter(timeline.participant) ?? [],
        present: place.topic()?.present().filter(timeline.participant) ?? [],
        unread: conversation ? unreadAfter(read, conversation) : 0,
        // One that came by broadcast before its answer is there already.
        pending: pending().map(toPending),
      }
    },
  })

  function pending(): Unsent[] {
    const all = new Map(underWay)
    for (const one of me ? outbox.list({ userId: me, conversationId: id }) : []) all.set(one.id, one)
    return [...all.values()].filter((one) => !timeline.has(one.id))
  }

  /** Takes a change in, or finds out what it is. */
  function take(change: Change | null): void {
    const known = timeline.revision()
    const outcome = change ? timeline.receive(change) : 'gap'
    if (outcome === 'known') return
    if (change?.changes?.rekeyed) {
      // A user left or blocked: nothing more is sent to the old topic, where they may still listen, and the new key is fetched.
      staleAt = Math.max(staleAt, change.revision - 1)
      place.moveTo(null)
      void live.catchUp()
    }
    if (outcome === 'gap') {
      if (change && known !== null) gaps.detect(known + 1, change.revision - 1)
      return void live.catchUp()
    }
    if (change?.message) place.topic()?.silence(change.message.senderId)
    live.changed()
  }

  /** The user's own read position: never less than was known, whatever an older answer says. */
  const lastReadSeq = () => Math.max(ownRead, timeline.participant(me)?.lastReadSeq ?? 0)

  function hearMarks(marks: Marks): void {
    if (timeline.read(marks)) live.changed()
  }

  /** Something changed of what the user keeps for themselves. */
  function hearMine(mine: OwnView): void {
    marked = mine.markedSeq
    if (timeline.hide(mine.visibleFromSeq)) live.changed()
    hearRead(mine.lastReadSeq)
  }

  function hearRead(seq: number): void {
    if (!me || live.isClosed() || seq <= lastReadSeq()) return
    ownRead = seq
    timeline.read({ [me]: seq })
    live.changed()
  }

  const reading = createReading(
    context,
    id,
    lastReadSeq,
    // Without a network it is not known here, and is asked for again.
    () => marked === lastReadSeq() || (context.offline !== undefined && live.getSnapshot().status !== 'live'),
    opened,
    (seq) => {
      marked = -1
      hearRead(seq)
    },
  )

  async function opened(attempted: string): Promise<string> {
    // When it is open at the call, closing it a moment later does not undo the call.
    if (!me) await live.started
    if (me && !live.isClosed()) return me
    throw refusal('closed', attempted, 'the conversation is closed')
  }

  return {
    id,
    ...conversationActions({ context, id, timeline, reading, live, outbox, opened, take, underWay }),
    getSnapshot: live.getSnapshot,
    subscribe: live.subscribe,
    setTyping: (typing) => place.topic()?.setTyping(typing),
    close: live.close,
  }
}
