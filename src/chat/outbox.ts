import { backoffMs } from '../core/clock.ts'
import type { Context } from '../core/context.ts'
import { toTertuliaError } from '../core/map-error.ts'
import { type OutboxStore, openOutboxStore, type Unsent } from './outbox-store.ts'
import type { RevisedMessage } from './schema.ts'
import { sendOnce } from './send.ts'

/** Who shows a conversation and wants to hear of its unsent messages. */
interface OutboxListener {
  /** The list of unsent messages changed. */
  onChange(): void
  /** One of them is now in the database. */
  onSent(sent: RevisedMessage): void
  /** Some went without our hearing how: another tab sent them. */
  onGone(gone: Unsent[]): void
}

/** One person's unsent messages: kept in storage, sent in order for each conversation, once. */
export interface Outbox {
  readonly userId: string
  /** Takes part while a conversation is shown; nothing is sent while none is. Returns what ends it. */
  show(conversationId: string, listener: OutboxListener): () => void
  list(conversationId: string): readonly Unsent[]
  /** Resolves when the message is kept: it will be sent even if the app ends now. */
  add(conversationId: string, message: Unsent): Promise<void>
  /** Tries a failed message again, in its old place. */
  retry(conversationId: string, id: string): Promise<void>
  /** Gives a message up. One that is on its way may arrive all the same. */
  discard(conversationId: string, id: string): Promise<void>
  /** Tries to send what there is, now. */
  flush(): void
}

type Edit = (list: Unsent[]) => Unsent[]

const without =
  (id: string): Edit =>
  (list) =>
    list.filter((one) => one.id !== id)

export function createOutbox(context: Context, userId: string): Outbox {
  const store: OutboxStore = openOutboxStore(context.storage, context.project, userId)
  const shown = new Map<string, Set<OutboxListener>>()
  const lists = new Map<string, Unsent[]>()
  const busy = new Set<string>()
  const retries = new Map<string, { attempt: number; waits: boolean; cancel: () => void }>()
  let aborter = new AbortController()

  const tell = (conversationId: string, notify: (listener: OutboxListener) => void) => {
    for (const listener of [...(shown.get(conversationId) ?? [])]) notify(listener)
  }

  function take(conversationId: string, list: Unsent[]): void {
    lists.set(conversationId, list)
    tell(conversationId, (listener) => listener.onChange())
  }

  const inMemory = (conversationId: string) => lists.get(conversationId) ?? []

  // What the storage has not taken yet, by conversation and message, is laid over what it says. Where it fails, a message is so
  // kept as long as the client, and one that was sent does not come back.
  const unstored = new Map<string, Map<string, Edit>>()
  const editsOf = (conversationId: string) => [...(unstored.get(conversationId) ?? [])]
  const apply = (list: Unsent[], edits: [string, Edit][]) =>
    edits.reduce((rest, [, edit]) => edit(rest), list)
  const read = (conversationId: string) =>
    store.read(conversationId).then(
      (list) => apply(list, editsOf(conversationId)),
      () => inMemory(conversationId),
    )

  /** Changes one message's place in the list; an edit may be made twice. */
  async function change(conversationId: string, id: string, edit: Edit): Promise<void> {
    take(conversationId, edit(inMemory(conversationId)))
    const edits = unstored.get(conversationId) ?? new Map<string, Edit>()
    unstored.set(conversationId, edits)
    const before = edits.get(id)
    edits.set(id, before ? (list) => edit(before(list)) : edit)
    let stored: [string, Edit][] = []
    try {
      const list = await store.change(conversationId, (known) => {
        stored = editsOf(conversationId)
        return apply(known, stored)
      })
      for (const [of, done] of stored) if (edits.get(of) === done) edits.delete(of)
      if (edits.size === 0) unstored.delete(conversationId)
      take(conversationId, apply(list, editsOf(conversationId)))
    } catch {
      // It stays laid over, until a change is stored.
    }
  }

  async function flushOne(conversationId: string): Promise<void> {
    // After the last conversation is closed nothing is sent, whatever was still being stored.
    if (shown.size === 0 || busy.has(conversationId)) return
    busy.add(conversationId)
    stopWaiting(conversationId)
    const { signal } = aborter
    try {
      await store.exclusively(conversationId, () => sendAll(conversationId, signal))
    } catch {
      // The lock failed, and may go on failing: to ask again at once would never end.
      if (!signal.aborted) scheduleRetry(conversationId, undefined)
    } finally {
      busy.delete(conversationId)
    }
    // All was closed meanwhile, and something opened again: that found this one still at it.
    if (signal.aborted) return void flushOne(conversationId)
    // What was added after the last look, when nobody else is at it.
    if (!retries.get(conversationId)?.waits && inMemory(conversationId).some((one) => !one.failure)) {
      void flushOne(conversationId)
    }
  }

  async function sendAll(conversationId: string, signal: AbortSignal): Promise<void> {
    for (;;) {
      const before = inMemory(conversationId)
      const list = await read(conversationId)
      if (signal.aborted) return
      const lacks = (some: Unsent[], id: string) => !some.some((one) => one.id === id)
      // Not what was given up here meanwhile.
      const gone = before.filter(({ id }) => lacks(list, id) && !lacks(inMemory(conversationId), id))
      if (gone.length > 0) tell(conversationId, (listener) => listener.onGone(gone))
      take(conversationId, list)
      const next = list.find((one) => !one.failure)
      if (!next) return
      try {
        const sent = await sendOnce(context, conversationId, next, userId, { signal })
        tell(conversationId, (listener) => listener.onSent(sent))
        retries.delete(conversationId)
        await change(conversationId, next.id, without(next.id))
      } catch (thrown) {
        if (signal.aborted) return
        const { code, message, hint, retryable, retryAfterMs } = toTertuliaError('chat.send', thrown, true)
        if (retryable || code === 'session_expired' || code === 'not_signed_in') {
          return scheduleRetry(conversationId, retryAfterMs)
        }
        // It stays where it is, marked; those behind it go on.
        const failure = { code, message, hint }
        await change(conversationId, next.id, (rest) =>
          rest.map((one) => (one.id === next.id ? { ...one, failure } : one)),
        )
      }
    }
  }

  function scheduleRetry(conversationId: string, afterMs: number | undefined): void {
    const attempt = (retries.get(conversationId)?.attempt ?? -1) + 1
    const cancel = context.clock.after(afterMs ?? backoffMs(attempt, context.random), () => {
      void flushOne(conversationId)
    })
    retries.set(conversationId, { attempt, waits: true, cancel })
  }

  function stopWaiting(conversationId: string): void {
    const retry = retries.get(conversationId)
    retry?.cancel()
    if (retry) retry.waits = false
  }

  function flush(): void {
    if (shown.size === 0) return
    for (const { cancel } of retries.values()) cancel()
    retries.clear()
    const all = store.conversations().catch(() => [...shown.keys()])
    void all.then((conversations) => {
      for (const conversationId of new Set([...conversations, ...unstored.keys()]))
        void flushOne(conversationId)
    })
  }

  return {
    userId,
    list: inMemory,
    show(conversationId, listener) {
      const first = shown.size === 0
      shown.set(conversationId, (shown.get(conversationId) ?? new Set()).add(listener))
      void read(conversationId).then((list) => list.length > 0 && take(conversationId, list))
      if (first) flush()
      return () => {
        shown.get(conversationId)?.delete(listener)
        if (shown.get(conversationId)?.size === 0) shown.delete(conversationId)
        if (shown.size > 0) return
        aborter.abort()
        // The old one's reason knows who closed, and would keep that from being collected.
        aborter = new AbortController()
        for (const { cancel } of retries.values()) cancel()
        retries.clear()
      }
    },
    async add(conversationId, message) {
      await change(conversationId, message.id, (list) =>
        list.some(({ id }) => id === message.id) ? list : [...list, message],
      )
      void flushOne(conversationId)
    },
    async retry(conversationId, id) {
      await change(conversationId, id, (list) =>
        list.map(({ failure, ...one }) => (one.id === id || !failure ? one : { ...one, failure })),
      )
      void flushOne(conversationId)
    },
    async discard(conversationId, id) {
      await change(conversationId, id, without(id))
    },
    flush,
  }
}
