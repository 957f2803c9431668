import { backoffMs } from '../core/clock.ts'
import type { Context } from '../core/context.ts'
import { findIdentity, findKept, type Identity, onSignedOut, whoIsThere } from '../core/identity.ts'
import { toTertuliaError } from '../core/map-error.ts'
import { parseInput } from '../core/parse.ts'
import { openQueue, type Queue, without } from '../core/queue.ts'
import { openConsent } from './consent.ts'
import {
  type AnalyticsEvent,
  analyticsEvent,
  readReferrer,
  type WaitingEvent,
  waitingEvent,
} from './events.ts'
import { anonymous, operation, sendAtLast, sendBatch } from './send.ts'
import type { Tracker } from './types.ts'

const flushMs = 10_000
const flushAt = 50
const batchSize = 100
/** As many as are kept; the oldest give way. */
const mostKept = 1000
/** The age at which events are dropped, because the database refuses older ones: three days, less an hour for clocks that differ. */
const keepMs = 71 * 3_600_000

/** The page, while the browser loads it before the user asks for it. Nothing it sends counts, and it may never be shown. */
const prerendered = () => {
  const page: (EventTarget & { prerendering?: boolean }) | undefined = globalThis.document
  return page?.prerendering && page
}

export function createTracker(context: Context): Tracker {
  const { clock, lifecycle, storage, project } = context
  const consent = openConsent(context)
  const queues = new Map<string, Queue<WaitingEvent>>()
  const underWay = new Set<string>()
  /** Events that are not in a queue yet, for it is not known whose they are. */
  const notes = new Map<WaitingEvent, Promise<void>>()
  /** Who was signed in when the last event was noted: who a page that goes sends as. */
  let last: Identity | null = null
  /** The first view takes it: later ones of this page came from the page itself. */
  let referrer = readReferrer()
  let cancelTimer: (() => void) | null = null
  let stopListening: (() => void) | null = null
  let aborter = new AbortController()
  let attempt = 0
  let closed = false

  const queueOf = (owner: string): Queue<WaitingEvent> => {
    const queue =
      queues.get(owner) ??
      openQueue<WaitingEvent>(storage, `tertulia:${project}:${owner}:events`, (list) =>
        list.filter(({ at }) => at > clock.now() - keepMs).slice(-mostKept),
      )
    queues.set(owner, queue)
    return queue
  }

  function rest(): void {
    cancelTimer?.()
    cancelTimer = null
    stopListening?.()
    stopListening = null
  }

  /** The next user who signs in sends nothing of this user's. */
  function forget(): void {
    aborter.abort()
    aborter = new AbortController()
    last = null
    rest()
  }

  function listen(): void {
    if (stopListening || closed) return
    const stops = [
      lifecycle.onWake(() => void flush()),
      lifecycle.onHide?.(hide),
      last && onSignedOut(context, last.userId, forget),
    ]
    stopListening = () => {
      for (const stop of stops) stop?.()
    }
  }

  const again = () => void consent.isGiven().then((isGiven) => isGiven && schedule(flushMs))

  function hide(): void {
    if (!consent.isGivenNow()) return
    const kept = findKept(context)
    // The page may not live until a storage has answered that answers later.
    const identity = kept === undefined || kept instanceof Promise ? last : kept
    for (const event of identity || kept === null ? notes.keys() : []) void keep(event, identity)
    for (const [owner, queue] of queues) {
      const token = owner === identity?.userId && identity.expiresAt > clock.now() ? identity.token : null
      if (owner === anonymous || token) sendAtLast(context, token, queue, underWay, again)
      queue.storeNow()
    }
  }

  async function flushOne(owner: string): Promise<void> {
    const queue = queueOf(owner)
    const { signal } = aborter
    await storage.lock(`tertulia:${project}:${owner}:events:send`, async () => {
      while (!signal.aborted && (await consent.isGiven())) {
        await queue.read()
        const batch = queue.list().slice(0, batchSize)
        if (batch.length === 0) return
        try {
          if (!(await sendBatch(context, owner, batch, { signal, attempt: attempt + 1 }))) return
        } catch (thrown) {
          const { code, retryable } = toTertuliaError(operation, thrown, true)
          if (retryable || signal.aborted || code === 'session_expired' || code === 'not_signed_in')
            throw thrown
          // What the server will never take is not worth keeping.
        }
        const ids = new Set(batch.map(({ id }) => id))
        await queue.change(ids, without(ids))
      }
    })
  }

  async function flush(): Promise<void> {
    await Promise.all(notes.values())
    cancelTimer?.()
    cancelTimer = null
    if (closed || prerendered() || !(await consent.isGiven())) return
    let failed = false
    const fail = () => {
      failed = true
    }
    const identity = await findIdentity(context, operation).catch(fail)
    for (const owner of identity ? [identity.userId, anonymous] : [anonymous])
      await flushOne(owner).catch(fail)
    if (closed) return
    if (failed) {
      attempt++
      schedule(backoffMs(attempt + 3, context.random))
    } else {
      attempt = 0
      if (!cancelTimer) rest()
    }
  }

  function schedule(ms: number): void {
    if (closed) return
    listen()
    cancelTimer ??= clock.after(ms, () => void flush())
  }

  /** Who is there. When that cannot be told: who was, while a sign-out would be noticed; else undefined. */
  const whoNow = () => whoIsThere(context, operation).catch(() => (stopListening && last) || undefined)

  async function keep(event: WaitingEvent, identity: Identity | null): Promise<void> {
    if (!notes.delete(event)) return
    if (last?.userId !== identity?.userId) rest()
    last = identity
    const queue = queueOf(identity?.userId ?? anonymous)
    const kept = queue.change([event.id], (list) =>
      list.some(({ id }) => id === event.id) ? list : [...list, event],
    )
    schedule(flushMs)
    await kept
    if (queue.list().length >= flushAt && attempt === 0) void flush()
  }

  async function note(event: WaitingEvent): Promise<void> {
    try {
      if (!(await consent.isGiven())) return
      const identity = await whoNow()
      // It may have been withdrawn meanwhile. A client that was closed meanwhile leaves it to the next one.
      if (identity !== undefined && (await consent.isGiven())) await keep(event, identity)
    } catch {
      // What goes wrong never reaches the caller.
    } finally {
      // Refused: with nothing that waits there is nothing to listen for.
      if (notes.delete(event) && [...queues.values()].every((queue) => queue.list().length === 0)) rest()
    }
  }

  async function clear(queue: Queue<WaitingEvent>): Promise<void> {
    await queue.read()
    const ids = new Set(queue.list().map(({ id }) => id))
    await queue.change(ids, without(ids))
  }

  async function decide(answer: 'in' | 'out'): Promise<void> {
    const saved = consent.set(answer)
    if (answer === 'out') {
      forget()
      notes.clear()
      const identity = await whoNow()
      const owners = new Set([...queues.keys(), anonymous, ...(identity ? [identity.userId] : [])])
      await Promise.all([...owners].map((owner) => clear(queueOf(owner))))
    }
    await saved
  }

  function close(): void {
    closed = true
    forget()
  }
  context.closed.addEventListener('abort', close)

  function add(event: AnalyticsEvent): void {
    if (closed) return
    // In the next moment the page may be left.
    if (consent.isGivenNow()) listen()
    const waiting = waitingEvent(context, event)
    if (/^[^:]+_view$/.test(event.kind)) {
      waiting.referrer = referrer
      referrer = undefined
    }
    notes.set(
      waiting,
      Promise.resolve().then(() => note(waiting)),
    )
  }

  return {
    track(event) {
      const given = parseInput(operation, analyticsEvent, event)
      const page = prerendered()
      if (page) page.addEventListener('prerenderingchange', () => add(given), { once: true })
      else add(given)
    },
    flush: () => flush().catch(() => {}),
    optIn: () => decide('in'),
    optOut: () => decide('out'),
    close,
  }
}
