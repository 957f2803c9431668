import type { ConversationSnapshot } from '../chat/conversation/conversation.ts'
import type { InboxItem } from '../chat/inbox/inbox-item.ts'
import { compare } from '../chat/inbox/order.ts'
import type { InboxSnapshot } from '../chat/inbox/watch-inbox.ts'
import type { Context } from '../core/context.ts'
import { newId } from '../core/new-id.ts'
import { notifyAll } from '../core/notify.ts'
import type { Later, Offline } from '../live/offline.ts'
import type { Store } from './store.ts'
import { toWire } from './wire.ts'
import { merge, replaces, subjectOf, type Write, written } from './writes.ts'

/** A write that the database refused. */
export interface Refused {
  /** What was called, such as `chat.editMessage`. */
  operation: string
  conversationId: string
  /** The message, when it was about one. */
  messageId: string | null
  /** The error's code. */
  code: string
  message: string
  hint: string
}

/** A live handle that the cache knows. */
export interface Handle {
  owner: string
  /** A conversation's id; empty for an inbox. */
  name: string
  isOffline: boolean
  changed(): void
  hear(event: string, payload: unknown): void
  snapshot(): unknown
  dump(): unknown
  stop(): void
}

/** How long a call waits for the database before it goes on with what is kept. */
const waitMs = 2_000

/** What shows, with the writes that the database does not have yet. */
export function overlay<Snapshot>(snapshot: Snapshot, writes: readonly Write[]): Snapshot {
  if (writes.length === 0) return snapshot
  if ('messages' in (snapshot as object)) {
    const shown = snapshot as unknown as ConversationSnapshot
    return { ...snapshot, messages: shown.messages.map((message) => writes.reduce(written, message)) }
  }
  const shown = snapshot as unknown as InboxSnapshot
  const all = [...shown.items, ...shown.archived].map((item) => writes.reduce(inItem, item)).sort(compare)
  const items = all.filter(({ archived }) => !archived)
  return {
    ...snapshot,
    items,
    archived: all.filter(({ archived }) => archived),
    unread: items.reduce((sum, { muted, unread }) => sum + (muted ? 0 : unread), 0),
  }
}

function inItem(item: InboxItem, one: Write): InboxItem {
  if (one.conversationId !== item.conversation.id) return item
  const [, name, given] = one.write
  if (name === 'set_conversation_flags') return { ...item, ...(given.flags as object) }
  const lastMessage = item.lastMessage && written(item.lastMessage, one)
  return lastMessage === item.lastMessage ? item : { ...item, lastMessage }
}

/** Keeps writes in the outbox, shows them, and passes on what the database answers. */
export function createLater(
  context: Context,
  offline: Offline,
  handles: ReadonlySet<Handle>,
  store: Store,
  onRefused: ((write: Refused) => void) | undefined,
) {
  const { clock } = context
  /** What waits for the first word about a write. */
  const waiting = new Map<string, (answer: Promise<unknown>) => void>()

  const all = (userId: string) =>
    (offline.sender?.list({ userId, writes: true }) ?? []).filter((one): one is Write => Boolean(one.write))

  const of = ({ owner, name }: Handle) =>
    all(owner).filter(({ conversationId, failure }) => !failure && (name === '' || name === conversationId))

  /** Read positions only move forward: they go where the database's own go. */
  function showReads(handle: Handle): void {
    for (const { conversationId, userId, write } of of(handle)) {
      if (write[1] !== 'mark_read') continue
      handle.hear('read', { conversation_id: conversationId, user_id: userId, last_read_seq: write[2].seq })
    }
  }

  /** What the database answered, as the event that tells of it. */
  function hear(handle: Handle, { userId, conversationId, write }: Write, answer: unknown): void {
    const about = { ...(answer as object), conversation_id: conversationId }
    if (write[1] === 'mark_read') handle.hear('read', { ...about, user_id: userId })
    else handle.hear(write[1] === 'set_conversation_flags' ? 'mine' : 'message', about)
  }

  function refuse(one: Write): void {
    void offline.sender?.discard([one.id])
    const tell = waiting.get(one.id)
    if (tell) return tell(Promise.reject(one))
    const { conversationId, failure, write } = one
    const [operation, , given] = write
    const messageId = (given.messageId as string) ?? null
    notifyAll(onRefused ? [onRefused] : [], (listener) =>
      listener({ operation, conversationId, messageId, ...failure! }),
    )
  }

  function listen(handle: Handle): () => void {
    return offline.sender!.listen({
      userId: handle.owner,
      writes: true,
      onChange() {
        for (const one of all(handle.owner)) if (one.failure) refuse(one)
        handle.changed()
      },
      onSent(answer, sent) {
        if (!(sent as Write).write) return
        hear(handle, sent as Write, answer)
        waiting.get(sent.id)?.(Promise.resolve(answer))
      },
    })
  }

  /** What the database would answer, as far as can be told here, and of which conversation; undefined when it cannot be told. */
  async function foresee(userId: string, at: number, write: Write['write']) {
    const [, name, given] = write
    const conversationId = given.conversationId as string
    const mine = [...handles].filter(({ owner }) => owner === userId)
    if (name === 'mark_read') {
      return { conversationId, answer: { last_read_seq: given.seq, unread: 0 } }
    }
    if (name === 'set_conversation_flags') {
      const kept = (await store.load(userId, '')) as { items?: { conversation: { id: string } }[] } | null
      const item = kept?.items?.find(({ conversation }) => conversation.id === conversationId)
      return item && { conversationId, answer: { ...item, ...(given.flags as object) } }
    }
    for (const handle of mine) {
      const { messages = [] } = handle.snapshot() as Partial<ConversationSnapshot>
      const message = messages.find(({ id }) => id === given.messageId)
      if (!message) continue
      const before = of(handle)
      const now = [...before, { id: '', userId, conversationId: handle.name, at, write }]
      const answer = toWire({ ...now.reduce(written, message), revision: 0 })
      return { conversationId: handle.name, answer }
    }
    return undefined
  }

  async function keep(userId: string, write: Write['write'], ask: () => Promise<unknown>): Promise<unknown> {
    const at = clock.now()
    const { sender } = offline
    const foreseen = await foresee(userId, at, write)
    if (!sender || !foreseen) return ask()
    const { conversationId, answer } = foreseen
    const before = all(userId).filter((one) => !one.failure && replaces(write, one.write))
    const merged = before.reduce(
      (now, one) => (subjectOf(one.write) === subjectOf(now) ? merge(one.write, now) : now),
      write,
    )
    const id = newId()
    const told = new Promise<unknown>((resolve) => waiting.set(id, resolve))
    const one: Write = { id, userId, conversationId, at, write: merged }
    const isKept = sender.add(
      { ...one, content: '', metadata: {} },
      before.map((other) => other.id),
    )
    const mine = [...handles].filter((handle) => handle.owner === userId)
    for (const handle of mine) showReads(handle)
    let end = () => {}
    const late = new Promise<unknown>((resolve) => {
      const isOffline = mine.some((handle) => handle.isOffline)
      void isKept.then(() => {
        end = clock.after(isOffline ? 0 : waitMs, () => resolve(answer))
      })
    })
    try {
      return await Promise.race([told, late])
    } catch {
      // It says itself what is wrong with it.
      return ask()
    } finally {
      end()
      waiting.delete(id)
    }
  }

  const make = (userId: string): Later => {
    const later = <T>(write: Write['write'], ask: () => Promise<T>, read: (answer: unknown) => T) => {
      if (subjectOf(write) === undefined) return undefined
      let asked: { answer: T } | null = null
      const direct = async () => {
        asked = { answer: await ask() }
      }
      return keep(userId, write, direct).then((answer) => (asked ? asked.answer : read(answer)))
    }
    return later
  }

  return { all, of, showReads, listen, make }
}
