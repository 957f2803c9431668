import { backoffMs } from '../../core/clock.ts'
import type { Context } from '../../core/context.ts'
import { onAuthEvent, whoIsThere } from '../../core/identity.ts'
import { toTertuliaError } from '../../core/map-error.ts'
import { openQueue, without } from '../../core/queue.ts'
import type { Unsent } from '../messages/new-message.ts'
import { sendOnce } from '../messages/send.ts'
import type { RevisedMessage } from '../schema.ts'

/** Which unsent messages: all, those of a user, or of a conversation. */
interface Which {
  userId?: string
  conversationId?: string
  /** With writes other than messages. */
  writes?: boolean
}

type Lane = Required<Pick<Which, 'userId' | 'conversationId'>>

/** Shows unsent messages of one user. */
interface OutboxListener extends Which {
  userId: string
  /** The list of unsent messages changed. */
  onChange(): void
  /** The database has one of this conversation now. */
  onSent?(sent: RevisedMessage, unsent: Unsent): void
  /** Another tab sent some, or removed them. */
  onGone?(gone: readonly Unsent[]): void
}

/** The unsent messages of a device: kept in storage, sent in order for each conversation, once, as their sender or not at all. */
export interface Outbox {
  /** Returns what ends it. */
  listen(listener: OutboxListener): () => void
  list(which: Which): readonly Unsent[]
  /** Reads what other tabs changed. */
  read(): Promise<void>
  /** Resolves when the message is kept, in place of others: it will be sent even if the app ends now. */
  add(message: Unsent, replaced?: string[]): Promise<void>
  /** Tries a failed message again, in its old place. */
  retry(id: string): Promise<void>
  /** Removes messages. One that is being sent may arrive all the same. */
  discard(ids: Iterable<string>): Promise<void>
  /** Sends what waits, now. */
  flush(): void
}

const never = Number.POSITIVE_INFINITY

export function createOutbox(context: Context): Outbox {
  const { clock, closed, lifecycle, storage } = context
  const operation = 'chat.send'
  const key = `tertulia:${context.project}:outbox`
  /** What shows to whom. */
  const shown = new Map<OutboxListener, string>()
  const busy = new Set<string>()
  /** Whose messages are sent now. */
  let user = ''
  let attempt = 0
  let retryAt = never
  let cancelRetry = () => {}
  let stopWatching: ((() => void) | undefined)[] | null = null

  const queue = openQueue<Unsent>(storage, key, undefined, (gone) => {
    settle()
    for (const [listener, before] of [...shown]) {
      const mine = list(listener, gone)
      if (mine.length > 0) listener.onGone?.(mine)
      const now = JSON.stringify(list(listener))
      if (now === before) continue
      shown.set(listener, now)
      listener.onChange()
    }
  })

  function list({ userId, conversationId, writes }: Which, from = queue.list()): readonly Unsent[] {
    return from.filter(
      (one) =>
        (userId ?? one.userId) === one.userId &&
        (conversationId ?? one.conversationId) === one.conversationId &&
        (writes || !one.write),
    )
  }

  const waiting = (which: Which) => list({ ...which, writes: true }).filter(({ failure }) => !failure)

  function rest(): void {
    cancelRetry()
    retryAt = never
  }

  /** Watches for the network, and for the end of the page, while something waits. */
  function settle(): void {
    if (!closed.aborted && waiting({ userId: user }).length > 0) {
      stopWatching ??= [lifecycle.onWake(flush), lifecycle.onHide?.(queue.storeNow)]
      return
    }
    rest()
    for (const stop of stopWatching ?? []) stop?.()
    stopWatching = null
  }

  function retryLater(afterMs = backoffMs(attempt, context.random)): void {
    if (closed.aborted || clock.now() + afterMs >= retryAt) return
    attempt++
    rest()
    retryAt = clock.now() + afterMs
    cancelRetry = clock.after(afterMs, look)
  }

  async function sendAll(which: Lane): Promise<void> {
    const lane = Object.values(which).join()
    if (busy.has(lane) || closed.aborted) return
    busy.add(lane)
    try {
      await storage.lock(`${key}:send:${lane}`, async () => {
        while (await sendNext(which));
      })
    } catch {
      // The lock failed, and may go on failing.
      retryLater()
    }
    busy.delete(lane)
    // Added after the last look, with nothing to wait for.
    if (retryAt === never && which.userId === user && waiting(which).length > 0) void sendAll(which)
  }

  /** Sends one message; false when there is none, or it has to wait. */
  async function sendNext(which: Lane): Promise<boolean> {
    await queue.read()
    const [next] = waiting(which)
    if (!next) return false
    try {
      const sent = await sendOnce(context, next, { signal: closed })
      attempt = 0
      for (const listener of [...shown.keys()])
        if (list(listener, [next]).length > 0) listener.onSent?.(sent, next)
      await discard([next.id])
    } catch (thrown) {
      const { code, message, hint, retryable, retryAfterMs } = toTertuliaError(operation, thrown, true)
      // A migration under way or a gateway answers what is no word about the message.
      if (
        retryable ||
        /^(aborted|session_expired|not_signed_in|schema_outdated|invalid_answer)$/.test(code)
      ) {
        retryLater(retryAfterMs)
        return false
      }
      // It stays where it is, marked; those behind it go on.
      await changeOne(next.id, (one) => ({ ...one, failure: { code, message, hint } }))
    }
    return true
  }

  const changeOne = (id: string, change: (one: Unsent) => Unsent) =>
    queue.change([id], (all) => all.map((one) => (one.id === id ? change(one) : one)))

  function discard(ids: Iterable<string>): Promise<void> {
    const given = new Set(ids)
    return queue.change(given, without(given))
  }

  async function look(): Promise<void> {
    rest()
    await queue.read()
    if (waiting({}).length === 0) return
    try {
      user = (await whoIsThere(context, operation))?.userId ?? ''
    } catch {
      // A third party's token cannot be had now.
      return retryLater()
    }
    settle()
    const mine = waiting({ userId: user })
    for (const conversationId of new Set(mine.map((one) => one.conversationId)))
      void sendAll({ userId: user, conversationId })
  }

  function flush(): void {
    attempt = 0
    void look()
  }

  // In a page or an app what an earlier start left behind goes by itself, and goes on when its user signs in.
  if (storage.lasts) {
    const stop = onAuthEvent(context, (event) => event !== 'INITIAL_SESSION' && flush())
    closed.addEventListener('abort', stop)
    void Promise.resolve().then(flush)
  }
  closed.addEventListener('abort', settle)

  return {
    list,
    discard,
    flush,
    read: queue.read,
    listen(listener) {
      shown.set(listener, '[]')
      user = listener.userId
      flush()
      return () => shown.delete(listener)
    },
    async add(message, replaced = []) {
      const { id, userId, conversationId } = message
      await queue.change([id, ...replaced], (before) => {
        const all = without(new Set(replaced))(before)
        const known = all.find((one) => one.id === id)
        if (!known) return [...all, message]
        // What failed is sent again, with what it says now.
        const again = known.failure && known.userId === userId && known.conversationId === conversationId
        return again ? all.map((one) => (one === known ? message : one)) : all
      })
      void sendAll({ userId, conversationId })
    },
    async retry(id) {
      await changeOne(id, ({ failure: _, ...one }) => one)
      flush()
    },
  }
}
