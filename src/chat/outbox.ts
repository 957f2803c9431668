import { backoffMs } from '../core/clock.ts'
import type { Context } from '../core/context.ts'
import { onAuthEvent, whoIsThere } from '../core/identity.ts'
import { toTertuliaError } from '../core/map-error.ts'
import { type Edit, openQueue, without } from '../core/queue.ts'
import type { RevisedMessage, Unsent } from './schema.ts'
import { sendOnce } from './send.ts'

/** Shows unsent messages of one user. */
export interface OutboxListener {
  userId: string
  /** All conversations, if it is left out. */
  conversationId?: string
  /** The list of unsent messages changed. */
  onChange(): void
  /** The database has one of them now. */
  onSent?(sent: RevisedMessage): void
  /** Another tab sent some, or removed them. */
  onGone?(gone: Unsent[]): void
}

/** The unsent messages of a device: kept in storage, sent in order for each conversation, once, as their sender or not at all. */
export interface Outbox {
  /** Returns what ends it. */
  listen(listener: OutboxListener): () => void
  list(userId?: string, conversationId?: string): readonly Unsent[]
  /** Reads what other tabs changed. */
  read(): Promise<void>
  /** Resolves when the message is kept: it will be sent even if the app ends now. */
  add(message: Unsent): Promise<void>
  /** Tries a failed message again, in its old place. */
  retry(message: Pick<Unsent, 'id' | 'userId'>): Promise<void>
  /** Removes messages. One that is being sent may arrive all the same. */
  discard(ids: Iterable<string>): Promise<void>
  /** Sends what waits, now. */
  flush(): void
}

const operation = 'chat.send'
const never = Number.POSITIVE_INFINITY

export function createOutbox(context: Context): Outbox {
  const { clock, closed, lifecycle, random, storage } = context
  const key = `tertulia:${context.project}:outbox`
  const listeners = new Set<OutboxListener>()
  const shown = new Map<OutboxListener, string>()
  const busy = new Set<string>()
  /** Whose messages are sent now. */
  let user = ''
  let attempt = 0
  let retryAt = never
  let cancelRetry = () => {}
  let stopWatching: (() => void) | null = null

  const queue = openQueue<Unsent>(storage, key, undefined, (gone) => {
    settle()
    for (const listener of [...listeners]) {
      const mine = gone.filter((one) => concerns(listener, one))
      if (mine.length > 0) listener.onGone?.(mine)
      show(listener)
    }
  })

  const list = (userId?: string, conversationId?: string) =>
    queue.list().filter((one) => concerns({ userId, conversationId }, one))
  const waiting = (conversationId?: string) => list(user, conversationId).filter(({ failure }) => !failure)

  function concerns(
    { userId, conversationId }: Partial<OutboxListener>,
    one: Pick<Unsent, 'userId' | 'conversationId'>,
  ): boolean {
    return (
      (userId ?? one.userId) === one.userId && (conversationId ?? one.conversationId) === one.conversationId
    )
  }

  /** Tells a listener, if its list is another one now. */
  function show(listener: OutboxListener): void {
    const now = JSON.stringify(list(listener.userId, listener.conversationId))
    const before = shown.get(listener)
    shown.set(listener, now)
    if (now !== before) listener.onChange()
  }

  function rest(): void {
    cancelRetry()
    retryAt = never
  }

  /** Watches for the network while something waits, and for nothing else. */
  function settle(): void {
    if (!closed.aborted && waiting().length > 0) {
      stopWatching ??= lifecycle.onWake(flush)
      return
    }
    rest()
    stopWatching?.()
    stopWatching = null
  }

  function retryLater(afterMs: number | undefined): void {
    const ms = afterMs ?? backoffMs(attempt, random)
    if (closed.aborted || clock.now() + ms >= retryAt) return
    attempt++
    rest()
    retryAt = clock.now() + ms
    cancelRetry = clock.after(ms, tryAgain)
  }

  async function sendAll(userId: string, conversationId: string): Promise<void> {
    const lane = `${userId}:${conversationId}`
    if (busy.has(lane) || closed.aborted) return
    busy.add(lane)
    try {
      await storage.lock(`${key}:send:${lane}`, async () => {
        while (await sendNext(userId, conversationId));
      })
    } catch {
      // The lock failed, and may go on failing.
      retryLater(undefined)
    } finally {
      busy.delete(lane)
    }
    // Added after the last look, with nothing to wait for.
    if (retryAt === never && userId === user && waiting(conversationId).length > 0)
      void sendAll(userId, conversationId)
  }

  /** Sends one message; false when there is none, or it has to wait. */
  async function sendNext(userId: string, conversationId: string): Promise<boolean> {
    await queue.read()
    const next = list(userId, conversationId).find(({ failure }) => !failure)
    if (!next || closed.aborted) return false
    try {
      const sent = await sendOnce(context, next, { signal: closed })
      attempt = 0
      for (const listener of [...listeners]) if (concerns(listener, next)) listener.onSent?.(sent)
      await queue.change([next.id], without(new Set([next.id])))
    } catch (thrown) {
      const { code, message, hint, retryable, retryAfterMs } = toTertuliaError(operation, thrown, true)
      if (closed.aborted) return false
      if (retryable || code === 'session_expired' || code === 'not_signed_in') {
        retryLater(retryAfterMs)
        return false
      }
      // It stays where it is, marked; those behind it go on.
      const failure = { code, message, hint }
      await changeOne(next.id, (one) => ({ ...one, failure }))
    }
    return true
  }

  function changeOne(id: string, change: (one: Unsent) => Unsent): Promise<void> {
    const edit: Edit<Unsent> = (all) => all.map((one) => (one.id === id ? change(one) : one))
    return queue.change([id], edit)
  }

  async function look(): Promise<void> {
    await queue.read()
    if (closed.aborted || !queue.list().some(({ failure }) => !failure)) return
    try {
      user = (await whoIsThere(context, operation))?.userId ?? ''
    } catch {
      // A third party's token cannot be had now.
      return retryLater(undefined)
    }
    settle()
    for (const conversationId of new Set(waiting().map((one) => one.conversationId)))
      void sendAll(user, conversationId)
  }

  function tryAgain(): void {
    rest()
    void look()
  }

  function flush(): void {
    attempt = 0
    tryAgain()
  }

  // In a page or an app what an earlier start left behind goes by itself, and goes on when somebody signs in.
  const stopAuth = storage.lasts
    ? onAuthEvent(context, (event) => event !== 'INITIAL_SESSION' && flush())
    : () => {}
  if (storage.lasts) void Promise.resolve().then(flush)
  closed.addEventListener('abort', () => {
    stopAuth()
    settle()
  })

  return {
    list,
    read: queue.read,
    listen(listener) {
      listeners.add(listener)
      shown.set(listener, '[]')
      user = listener.userId
      flush()
      return () => {
        listeners.delete(listener)
        shown.delete(listener)
      }
    },
    async add(message) {
      user = message.userId
      await queue.change([message.id], (all) =>
        all.some(({ id }) => id === message.id) ? all : [...all, message],
      )
      void sendAll(message.userId, message.conversationId)
    },
    async retry({ id, userId }) {
      await changeOne(id, ({ failure: _, ...one }) => one)
      user = userId
      flush()
    },
    discard(ids) {
      const given = new Set(ids)
      return queue.change(given, without(given))
    },
    flush,
  }
}
