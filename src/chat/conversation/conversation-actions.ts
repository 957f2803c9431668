import type { Context } from '../../core/context.ts'
import { asPerson } from '../../core/identity.ts'
import { inTurn } from '../../core/in-turn.ts'
import { pageLimit } from '../../core/page.ts'
import { calledWith, id as idSchema, parseInput } from '../../core/parse.ts'
import { integer, object, optional } from '../../core/shape.ts'
import type { Live } from '../../live/handle.ts'
import { edit, remove, setReaction } from '../messages/change-message.ts'
import { fetchAround, fetchOlder, findPlace } from '../messages/list-messages.ts'
import { toPending } from '../messages/new-message.ts'
import { completeMessage } from '../messages/send.ts'
import type { Outbox } from '../outbox/outbox.ts'
import type { Message, RevisedMessage } from '../schema.ts'
import type { LoadOptions, OpenConversation } from './conversation.ts'
import type { Reading } from './reading.ts'
import type { Timeline } from './timeline.ts'

const readSeq = object({ seq: optional(integer(0)) })

/** What the actions of an open conversation work on. */
export interface Acting {
  context: Context
  id: string
  timeline: Timeline
  reading: Reading
  live: Live<unknown>
  outbox: Outbox
  /** Who opened it. Throws `closed` when it is. */
  opened(operation: string): Promise<string>
  take(change: RevisedMessage): void
  /** What shows as pending until the timeline has it. */
  underWay: Map<string, unknown>
}

const messageOnly = calledWith({ messageId: idSchema })
const loadInput = calledWith({}, { limit: pageLimit })

const checkedId = (operation: string, messageId: string) =>
  parseInput(operation, messageOnly, [messageId]).messageId

type Actions = Omit<OpenConversation, 'id' | 'getSnapshot' | 'subscribe' | 'setTyping' | 'close'>

export function conversationActions(acting: Acting): Actions {
  const { context, id, timeline, reading, live, outbox, opened, take, underWay } = acting
  const { changed, catchUp } = live
  const closing = live.request.signal

  /** Changes a message; what the database answers is applied like an event, so that it shows at once. */
  async function change(
    operation: string,
    messageId: string,
    request: (as: Context) => Promise<RevisedMessage>,
  ): Promise<Message> {
    const given = checkedId(operation, messageId)
    const userId = opened(operation)
    // It is awaited in its turn only.
    userId.catch(() => {})
    return inTurn(context.supabase, given, async () => {
      const answer = await request(asPerson(context, operation, await userId))
      if (answer.message.conversationId === id && !closing.aborted) take(answer)
      return answer.message
    })
  }

  async function load(page: Promise<RevisedMessage[]>, mayStandApart = false): Promise<void> {
    await timeline.load(
      page.then((rows) => (closing.aborted ? [] : rows)),
      mayStandApart,
    )
    if (!closing.aborted) changed()
  }

  /** Checks the id of a message, while it is open. */
  async function openedFor(operation: string, messageId: string): Promise<string> {
    const given = checkedId(operation, messageId)
    await opened(operation)
    return given
  }

  /** Checks how to load a page, while it is open. */
  async function page(operation: string, options: LoadOptions | undefined) {
    const { limit, signal = closing } = parseInput(operation, loadInput, [options])
    await opened(operation)
    return { limit, signal }
  }

  return {
    async send(message) {
      const complete = completeMessage(message)
      const userId = await opened('chat.send')
      const unsent = { ...complete, userId, conversationId: id, at: context.clock.now() }
      await outbox.add(unsent)
      return toPending(unsent)
    },
    async retry(messageId) {
      await outbox.retry(await openedFor('chat.retry', messageId))
    },
    async discard(messageId) {
      const given = await openedFor('chat.discard', messageId)
      if (underWay.delete(given)) changed()
      await outbox.discard([given])
    },
    edit: (messageId, changes) => change('chat.editMessage', messageId, (as) => edit(as, messageId, changes)),
    delete: (messageId) => change('chat.deleteMessage', messageId, (as) => remove(as, messageId)),
    react: (messageId, emoji, present) =>
      change('chat.react', messageId, (as) => setReaction(as, messageId, emoji, present)),
    async markRead(seq) {
      await opened('chat.markRead')
      // Before anything shows there is no newest message yet.
      if (seq === undefined && timeline.revision() === null) await catchUp()
      const given = parseInput('chat.markRead', readSeq, { seq }).seq
      await reading.mark(given ?? timeline.messages().at(-1)?.seq ?? timeline.conversation()?.lastSeq ?? 0)
    },
    async loadOlder(options) {
      const request = await page('chat.loadOlder', options)
      const [first] = timeline.messages()
      if (first && timeline.hasOlder()) await load(fetchOlder(context, id, first.seq, request))
    },
    async loadNewer(options) {
      const request = await page('chat.loadNewer', options)
      const last = timeline.messages().at(-1)
      // Positions have no gap: the page that ends there begins after the last one shown.
      if (last && timeline.hasNewer())
        await load(fetchOlder(context, id, last.seq + request.limit + 1, request))
    },
    async jumpTo(messageId, options) {
      const request = await page('chat.jumpTo', options)
      const seq = await findPlace(context, id, checkedId('chat.jumpTo', messageId), request)
      // Newer than what is known here: then it comes with what is missing.
      if (seq > (timeline.conversation()?.lastSeq ?? 0)) await catchUp()
      if (timeline.show(seq)) changed()
      else await load(fetchAround(context, id, seq, request), true)
    },
    jumpToNewest() {
      timeline.show()
      changed()
    },
  }
}
