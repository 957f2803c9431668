import { backoffMs } from '../core/clock.ts'
import type { Context } from '../core/context.ts'
import { findIdentity, type Identity, onSignedOut } from '../core/identity.ts'
import { toTertuliaError } from '../core/map-error.ts'
import { parseInput } from '../core/parse.ts'
import { type AnalyticsEvent, analyticsEvent, waitingEvent } from './events.ts'
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

export function createTracker(context: Context): Tracker {
  const { clock, lifecycle, storage, project } = context
  const consentKey = `tertulia:${project}:analytics`
  const queues = new Map<string, EventQueue>()
  let consent: Promise<boolean> | null = null
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

  const mayTrack = (): Promise<boolean> => {
    const read = async () => {
      const said = await storage.getItem(consentKey)
      return said === 'in' || (said !== 'out' && !context.requireConsent)
    }
    // A storage that fails gives no consent.
    consent ??= read().catch(() => !context.requireConsent)
    return consent
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

  function hide(): void {
    for (const [owner, queue] of queues) {
      const token = owner === last?.userId && last.expiresAt > clock.now() ? last.token : null
      if (owner === nobody || token) sendAtLast(context, token, queue.list(), queue.remove)
    }
  }

  async function flushOne(owner: string): Promise<void> {
    const queue = queueOf(owner)
    const { signal } = aborter
    await queue.exclusively(async () => {
      while (!signal.aborted) {
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
    if (closed || !(await mayTrack())) return
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

  /** Who is signed in now; when that cannot be told, whoever was. */
  const whoNow = () => findIdentity(context, operation).catch(() => last)

  async function note(event: AnalyticsEvent, who: Promise<Identity | null>): Promise<void> {
    const waiting = waitingEvent(context, event)
    if (closed || !(await mayTrack())) return
    const identity = await who
    if (last?.userId !== identity?.userId) rest()
    last = identity
    const queue = queueOf(identity?.userId ?? nobody)
    await queue.add(waiting)
    if (queue.list().length >= flushAt && attempt === 0) void flush()
    else schedule(flushMs)
  }

  async function decide(answer: 'in' | 'out'): Promise<void> {
    consent = Promise.resolve(answer === 'in')
    if (answer === 'out') {
      forget()
      const identity = await whoNow()
      for (const owner of new Set([...queues.keys(), nobody, ...(identity ? [identity.userId] : [])])) {
        const queue = queueOf(owner)
        await queue.remove(new Set((await queue.read()).map(({ id }) => id)))
      }
    }
    await storage.setItem(consentKey, answer)
  }

  return {
    track(event) {
      const read = parseInput(operation, analyticsEvent, event)
      void note(read, whoNow()).catch(() => {})
    },
    flush: () => flush().catch(() => {}),
    optIn: () => decide('in'),
    optOut: () => decide('out'),
    close() {
      closed = true
      forget()
    },
  }
}
