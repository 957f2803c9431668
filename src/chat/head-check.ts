import { call } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import { findIdentity } from '../core/identity.ts'
import { integer, type Read, record, row, tuple } from '../core/shape.ts'

const operation = 'chat.headCheck'
const everyMs = 30_000
const headsAnswer = row({
  position: integer(),
  heads: record(tuple<[revision: number, marks: Record<string, number>]>(integer(), record(integer()))),
})

/** How far a conversation is: its newest change number, and read marks by user, at least those that have moved. */
export type Head = Read<typeof headsAnswer>['heads'][string]

/** A conversation that wants its head looked at. */
interface HeadChecked {
  id: string
  hear(head: Head): void
  catchUp(): void
}

/** A live inbox: its synchronisation also returns the heads of conversations. */
interface InboxChecked {
  catchUp(): Promise<void>
  /** How far a conversation is; undefined when it is not known, or nothing is. */
  head(conversationId: string): Head | undefined
}

/** What adds something that wants to be checked; each returns what takes it out again. */
export interface HeadCheck {
  conversation(conversation: HeadChecked): () => void
  inbox(inbox: InboxChecked): () => void
}

/**
 * Finds a broadcast that was lost with nothing after it: one request every 30 s for the inbox and all open conversations
 * together. No timer runs while there is nothing to check.
 */
export function createHeadCheck(context: Context): HeadCheck {
  const open = new Set<HeadChecked>()
  const inboxes = new Set<InboxChecked>()
  let generation = 0
  // Up to where marks were read, last time and the time before: a conversation may open while a check is under way.
  let since: number | undefined
  let reached: number | undefined
  let cancel = () => {}

  function schedule(mine: number): void {
    cancel = context.clock.after(everyMs, async () => {
      await check().catch(() => {
        // A socket may go on looking open when nothing passes any more: catching up finds out, and shows it.
        for (const one of [...open, ...inboxes]) void one.catchUp()
      })
      if (mine === generation) schedule(mine)
    })
  }

  async function check(): Promise<void> {
    // Third-party tokens change without an event.
    context.userChannel.expect((await findIdentity(context, operation))?.userId ?? null)
    await Promise.all([...inboxes].map((inbox) => inbox.catchUp()))
    const all: HeadChecked[] = []
    for (const conversation of open) {
      const head = [...inboxes].map((inbox) => inbox.head(conversation.id)).find(Boolean)
      if (head) conversation.hear(head)
      else all.push(conversation)
    }
    if (all.length === 0) return
    const input = { conversationIds: all.map(({ id }) => id), since }
    const answer = await call(context, operation, undefined, 'list_heads', input, headsAnswer)
    for (const conversation of all) {
      const head = answer.heads[conversation.id]
      // One that is missing is no longer ours: catching up finds out and closes.
      if (head) conversation.hear(head)
      else conversation.catchUp()
    }
    since = reached
    reached = answer.position
  }

  const keep =
    <T>(checked: Set<T>) =>
    (one: T) => {
      checked.add(one)
      if (open.size + inboxes.size === 1) schedule(++generation)
      return () => {
        checked.delete(one)
        if (open.size + inboxes.size > 0) return
        generation++
        cancel()
      }
    }

  return { conversation: keep(open), inbox: keep(inboxes) }
}
