import { backoffMs } from '../core/clock.ts'
import type { Context } from '../core/context.ts'
import { findIdentity, type Identity, onRefreshed, onSignedOut } from '../core/identity.ts'
import { toTertuliaError } from '../core/map-error.ts'
import { parseInput } from '../core/parse.ts'
import { openConsent } from './consent.ts'
import { type AnalyticsEvent, analyticsEvent, type WaitingEvent, waitingEvent } from './events.ts'
import { type EventQueue, openQueue } from './queue.ts'
import { nobody, operation, sendAtLast, sendBatch } from './send.ts'

/** Queues what people do and sends it in batches. */
export interface Tracker {
  /**
   * Notes an event and returns at once; it is sent within ten seconds with others, when the page is left, or when the network
   * is back, up to three days later. What the network does never reaches the caller. The same event of a viewer counts once
   * a day; one's own song and profile, bots, and what the viewer may not see count as nothing.
   *
   * @throws `invalid_input` at once, for a kind that does not exist or an id that is not a UUID.
   * @example
   * ```ts
   * tertulia.analytics.track({ kind: 'song_view', songId: song.id })
   * ```
   */
  track(event: AnalyticsEvent): void
  /**
   * Sends what waits, now; resolves when it was tried. Never rejects.
   *
   * @example
   * ```ts
   * await tertulia.analytics.flush()
   * ```
   */
  flush(): Promise<void>
  /**
   * The person agrees. With `requireConsent` nothing is noted, kept or sent before. The answer is kept on the device.
   *
   * @example
   * ```ts
   * agreeButton.onclick = () => tertulia.analytics.optIn()
   * ```
   */
  optIn(): Promise<void>
  /**
   * The person does not agree: what waits is thrown away, and nothing is noted until `optIn()`.
   *
   * @example
   * ```ts
   * await tertulia.analytics.optOut()
   * ```
   */
  optOut(): Promise<void>
  /**
   * Ends timers and listeners for good; later events are dropped. What waits stays on the device for the next client.
   *
   * @example
   * ```ts
   * tertulia.analytics.close()
   * ```
   */
  close(): void
}

const flushMs = 10_000
const flushAt = 50
const batchSize = 100
const mostUnclaimed = 1000

export function createTracker(context: Context): Tracker {
  const { clock, lifecycle, storage, project } = context
  const consent = openConsent(context)
  const queues = new Map<string, EventQueue>()
  const underWay = new Set<string>()
  /** Noted while nobody could tell whose session it is that waits for its refresh. */
  let unclaimed: WaitingEvent[] = []
  let stopClaiming: (() => void) | null = null
  /** Who was signed in when the last event was noted: who a page that goes sends as. */
  let last: Identity | null = null
  let cancelTimer: (() => void) | null = null
  let stopListening: (() => void) | null = null
  let aborter = new AbortController()
  let attempt = 0
  let closed = false

  const queueOf = (owner: string): EventQueue => {
    const queue = queues.get(owner) ?? openQueue(storage, project, owner, clock.now)
    queues.set(owner, queue)
    return queue
  }

  function rest(): void {
    cancelTimer?.()
    cancelTimer = null
    stopListening?.()
    stopListening = null
  }

  /** Whoever signs in next sends nothing of this person's. */
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
    for (const [owner, queue] of queues) {
      const token = owner === last?.userId && last.expiresAt > clock.now() ? last.token : null
      if (owner === nobody || token) sendAtLast(context, token, queue, underWay, again)
    }
  }

  async function flushOne(owner: string): Promise<void> {
    const queue = queueOf(owner)
    const { signal } = aborter
    await queue.exclusively(async () => {
      while (!signal.aborted && (await consent.isGiven())) {
        const batch = (await queue.read()).slice(0, batchSize)
        if (batch.length === 0) return
        try {
          if (!(await sendBatch(context, owner, batch, { signal, attempt: attempt + 1 }))) return
        } catch (thrown) {
          const { code, retryable } = toTertuliaError(operation, thrown, true)
          if (retryable || signal.aborted || code === 'session_expired' || code === 'not_signed_in')
            throw thrown
          // What the server will never take is not worth keeping.
        }
        await queue.remove(new Set(batch.map(({ id }) => id)))
      }
    })
  }

  async function flush(): Promise<void> {
    cancelTimer?.()
    cancelTimer = null
    if (closed || !(await consent.isGiven())) return
    let failed = false
    const fail = () => {
      failed = true
    }
    const identity = await findIdentity(context, operation).catch(fail)
    for (const owner of identity ? [identity.userId, nobody] : [nobody]) await flushOne(owner).catch(fail)
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

  /** Who is signed in now. When that cannot be told: whoever was, while a sign-out would be noticed; else undefined. */
  const whoNow = () => findIdentity(context, operation).catch(() => (stopListening && last) || undefined)

  function unclaim(): void {
    stopClaiming?.()
    stopClaiming = null
    unclaimed = []
  }

  /** Whoever signs in may be another one: only the refresh of that same session says whose these events are. */
  function waitForClaim(event: WaitingEvent): void {
    unclaimed = [...unclaimed, event].slice(-mostUnclaimed)
    stopClaiming ??= onRefreshed(context, (userId) => {
      const events = userId ? unclaimed : []
      unclaim()
      for (const one of events) void keep(one, userId as string)
    })
    // Who is there by now, before we listened, may be another one too.
    findIdentity(context, operation).then(unclaim, () => {})
  }

  async function keep(event: WaitingEvent, owner: string): Promise<void> {
    const queue = queueOf(owner)
    await queue.add(event)
    if (queue.list().length >= flushAt && attempt === 0) void flush()
    else schedule(flushMs)
  }

  async function note(waiting: WaitingEvent, who: ReturnType<typeof whoNow>): Promise<void> {
    if (closed || !(await consent.isGiven())) return
    const identity = await who
    // It may have been withdrawn meanwhile.
    if (closed || !(await consent.isGiven())) return
    if (identity === undefined) return waitForClaim(waiting)
    if (last?.userId !== identity?.userId) rest()
    last = identity
    await keep(waiting, identity?.userId ?? nobody)
  }

  async function decide(answer: 'in' | 'out'): Promise<void> {
    const saved = consent.set(answer)
    if (answer === 'out') {
      forget()
      unclaim()
      const identity = await whoNow()
      const owners = new Set([...queues.keys(), nobody, ...(identity ? [identity.userId] : [])])
      await Promise.all([...owners].map((owner) => queueOf(owner).clear()))
    }
    await saved
  }

  return {
    track(event) {
      const read = parseInput(operation, analyticsEvent, event)
      void note(waitingEvent(context, read), whoNow()).catch(() => {})
    },
    flush: () => flush().catch(() => {}),
    optIn: () => decide('in'),
    optOut: () => decide('out'),
    close() {
      closed = true
      forget()
      unclaim()
    },
  }
}
