import { call } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import { findIdentity } from '../core/identity.ts'
import { integer, type Read, record, tuple } from '../core/shape.ts'

const operation = 'chat.headCheck'
const everyMs = 30_000
const heads = record(tuple<[revision: number, marks: number]>(integer(), integer()))

/** How far a conversation is: its newest change number, and the sum of all read marks. */
export type Head = Read<typeof heads>[string]

/** A conversation that wants its head looked at. */
interface HeadChecked {
  id: string
  head(): Head
  catchUp(): void
  /** The same, without showing it unless something is found. */
  look(): void
}

/** A live inbox: what it synchronises tells the heads of conversations as well. */
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

  function look(conversation: HeadChecked, [revision, marks]: Head): void {
    const known = conversation.head()
    if (revision > known[0]) conversation.catchUp()
    else if (marks > known[1]) conversation.look()
  }

  async function check(): Promise<void> {
    // Third-party tokens change without an event.
    context.userChannel.expect((await findIdentity(context, operation))?.userId ?? null)
    await Promise.all([...inboxes].map((inbox) => inbox.catchUp()))
    const all: HeadChecked[] = []
    for (const conversation of open) {
      const head = [...inboxes].map((inbox) => inbox.head(conversation.id)).find(Boolean)
      if (head === undefined) all.push(conversation)
      else look(conversation, head)
    }
    for (let from = 0; from < all.length; from += 1_000) {
      const part = all.slice(from, from + 1_000)
      const conversationIds = part.map(({ id }) => id)
      const newest = await call(
        context,
        operation,
        undefined,
        'list_heads',
        { conversationIds, withMarks: true },
        heads,
      )
      for (const conversation of part) {
        // One that is missing is no longer ours: catching up finds out and closes.
        look(conversation, newest[conversation.id] ?? [Number.POSITIVE_INFINITY, 0])
      }
    }
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
