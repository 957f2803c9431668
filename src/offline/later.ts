import type { InboxItem } from '../chat/inbox/inbox-item.ts'
import { compare } from '../chat/inbox/order.ts'
import type { Message } from '../chat/schema.ts'
import type { Context } from '../core/context.ts'
import type { TertuliaError } from '../core/error.ts'
import type { Later, Offline } from '../live/offline.ts'
import type { Store } from './store.ts'
import { toWire } from './wire.ts'
import { draft, flags, markRead, merge, replaces, subjectOf, type Write, written } from './writes.ts'

/** A write that the database refused. */
export interface Refused {
  /** The operation, such as `chat.editMessage`. */
  operation: string
  conversationId: string
  /** The message, when it was about one. */
  messageId: string | null
  /** The error's code. */
  code: string
  message: string
  /** What to do about the error. */
  hint: string
}

/** A live handle that the cache knows. */
export interface Handle {
  owner: string
  /** A conversation's id; empty for an inbox. */
  name: string
  isLive: boolean
  changed(): void
  hear(event: string, payload: unknown): void
  /** A message that it shows. */
  find(messageId: unknown): Message | undefined
  stop(): void
}

type Item = { conversation: { id: string; last_seq: number }; last_read_seq: number }

type Flags = Record<string, boolean | undefined>

/** A conversation's entry of the kept inbox. */
export async function findItem(store: Store, userId: string, id: unknown): Promise<Item | undefined> {
  const inbox = (await store.load(userId, '')) as { items: Item[] } | null
  return inbox?.items.find(({ conversation }) => conversation.id === id)
}

/** Flags as the columns that the database answers. */
function flagged(item: Item | undefined, { hidden, marked_unread: marked, ...rest }: Flags = {}): object {
  return {
    ...rest,
    ...(hidden !== undefined && { hidden_seq: hidden ? item!.conversation.last_seq : -1 }),
    ...(marked !== undefined && { marked_seq: marked ? item!.last_read_seq : -1 }),
  }
}

/** Rows of an inbox or a conversation with a write that the database does not have yet. */
function withWrite(row: InboxItem | Message, one: Write): InboxItem | Message {
  if (!('conversation' in row)) return written(row, one)
  if (one.conversationId !== row.conversation.id) return row
  const [, name, given] = one.write
  // Reading takes back that it was marked as unread.
  if (name === markRead && (given.seq as number) >= row.lastReadSeq) return { ...row, markedUnread: false }
  if (name === flags) {
    const { marked_unread, hidden_seq: _, ...flagged } = given.flags as Record<string, unknown>
    return { ...row, ...flagged, markedUnread: (marked_unread ?? row.markedUnread) as boolean }
  }
  if (name === draft) {
    const { reply_to: replyTo = null, ...rest } = Object(given.draft)
    const shown = { id: null, metadata: {}, ...rest, replyTo, updatedAt: new Date(one.at) }
    return { ...row, draft: rest.content || replyTo || rest.metadata ? shown : null }
  }
  return { ...row, lastMessage: row.lastMessage && written(row.lastMessage, one) }
}

/** Keeps writes in the outbox, shows them, and passes on what the database answers. */
export function createLater(
  context: Context,
  offline: Offline,
  handles: ReadonlySet<Handle>,
  store: Store,
  onRefused: ((write: Refused) => void) | undefined,
) {
  const { clock, random } = context

  const all = (userId: string) =>
    (offline.sender?.list({ userId, writes: true }) ?? []).filter((one): one is Write => Boolean(one.write))

  const of = ({ owner, name }: Handle) =>
    all(owner).filter(({ conversationId, failure }) => !failure && (name === '' || name === conversationId))

  /** What shows of a handle, with the writes that the database does not have yet. */
  function show<Row>(handle: Handle, rows: readonly Row[]): readonly Row[] {
    const writes = of(handle)
    if (writes.length === 0) return rows
    const shown = rows.map((row) => writes.reduce(withWrite, row as InboxItem))
    return (handle.name === '' ? (shown as InboxItem[]).sort(compare) : shown) as Row[]
  }

  /** Read positions only move forward: they go where the database's own go. */
  function showReads(handle: Handle): void {
    for (const { conversationId, userId, write } of of(handle)) {
      if (write[1] !== markRead) continue
      handle.hear('read', { conversation_id: conversationId, user_id: userId, last_read_seq: write[2].seq })
    }
  }

  function listen(handle: Handle): () => void {
    return offline.sender!.listen({
      userId: handle.owner,
      writes: true,
      onChange() {
        // The first one anew each time: removing one tells all listeners, this one too.
        const refusedOne = () => all(handle.owner).find(({ failure }) => failure)
        for (let one = refusedOne(); one; one = refusedOne()) {
          const [operation, , { messageId = null }] = one.write
          const refused = {
            operation,
            conversationId: one.conversationId,
            messageId,
            ...one.failure,
          } as Refused
          // In a task of its own, because the app's callback can throw.
          queueMicrotask(() => onRefused?.(refused))
          void offline.sender!.discard([one.id])
        }
        handle.changed()
      },
      // What the database answered, as the event that tells of it.
      onSent(answer, { write, userId, conversationId }) {
        // A draft is told of by the database's own event.
        const events: Record<string, string> = { [markRead]: 'read', [flags]: 'mine', [draft]: '' }
        const about = { user_id: userId, ...(answer as object), conversation_id: conversationId }
        if (write) handle.hear(events[write[1]] ?? 'message', about)
      },
    })
  }

  /** Makes a write; keeps it while nothing can be reached, and answers what the database will, as far as can be told here. */
  async function keep<T>(
    userId: string,
    write: Write['write'],
    ask: () => Promise<T>,
    read: (answer: unknown) => T,
  ): Promise<T> {
    const [, name, given] = write
    const mine = [...handles].filter(({ owner }) => owner === userId)
    const item = (name !== markRead &&
      given.conversationId &&
      (await findItem(store, userId, given.conversationId))) as Item | undefined
    const holder = mine.find((handle) => handle.find(given.messageId))
    // What is not known here cannot be shown: the call itself tells.
    if (!item && !holder && name !== markRead) return ask()
    const replaced = () => all(userId).filter((one) => replaces(write, one.write))
    if (replaced().length === 0 && mine.every(({ isLive }) => isLive)) {
      try {
        return await ask()
      } catch (error) {
        if (!(error as TertuliaError).retryable) throw error
      }
    }
    // Hidden up to what shows now: what comes until this is sent brings it back.
    if (item && (given.flags as Flags | undefined)?.hidden) {
      write = merge(['', name, { flags: { hidden_seq: item.conversation.last_seq } }], write)
    }
    const before = replaced()
    const one: Write = {
      id: `${clock.now()} ${random()}`,
      userId,
      conversationId: holder?.name ?? String(given.conversationId),
      at: clock.now(),
      write: before.reduce((now, other) => merge(other.write, now), write),
    }
    const message = holder && [...of(holder), one].reduce(written, holder.find(given.messageId)!)
    const isKept = offline.sender!.add(
      { ...one, content: '', metadata: {} },
      before.map(({ id }) => id),
    )
    mine.forEach(showReads)
    await isKept
    return read(
      message
        ? toWire({ ...message, revision: 0 })
        : { last_read_seq: given.seq, unread: 0, ...item, ...flagged(item, one.write[2].flags as Flags) },
    )
  }

  const make =
    (userId: string): Later =>
    (write, ask, read) =>
      subjectOf(write) ? keep(userId, write, ask, read) : undefined

  return { show, showReads, listen, make }
}
