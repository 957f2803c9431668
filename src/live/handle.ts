import type { CallRequest } from '../core/call.ts'
import { backoffMs, pause } from '../core/clock.ts'
import type { Context } from '../core/context.ts'
import { refusal, type TertuliaError } from '../core/error.ts'
import type { ErrorCode } from '../core/error-codes.ts'
import { findIdentity } from '../core/identity.ts'
import { toTertuliaError } from '../core/map-error.ts'
import { checkListener, notifyAll } from '../core/notify.ts'
import type { CloseReason, LiveHandle, LiveState, LiveStatus, Parts } from './types.ts'
import { waitForIdentity } from './wait-for-identity.ts'

/** The common part of all live handles: listeners, a status, closing, and catching up with the database. */
export interface Live<Snapshot> extends LiveHandle<Snapshot> {
  /** Rejects when no user is signed in; waits while that is not known. */
  readonly started: Promise<void>
  /** For requests that end with it and are made as who opened it or not at all: third-party tokens change without an event. */
  readonly request: CallRequest & { signal: AbortSignal }
  isClosed(): boolean
  /** Something that shows has changed. */
  changed(): void
  /**
   * Catches up with the database, and shows it: one request at a time, however many ask. Resolves when all that was there
   * at this call is known, or it is known that it cannot be had now. Never rejects.
   */
  catchUp(): Promise<void>
  /** The same, which does not show unless it finds something. */
  look(): Promise<void>
}

/** Errors that a retry does not cure. Any other error may come from a gateway, a running migration, or the network. */
const final: ErrorCode[] = ['account_not_found', 'unsupported_identity', 'invalid_key']

/** After so many synchronisations in a row that lack something, one more is made, and what it lacks is left to the next check. */
const mostGaps = 3

export function createLive<Reason extends string, Snapshot>(
  context: Context,
  operation: string,
  given: Parts<Reason, Snapshot>,
): Live<Snapshot> {
  const { clock, random } = context
  const parts = context.offline?.wrap(given, changed) ?? given
  const listeners = new Set<() => void>()
  const ends: (() => void)[] = []
  const aborter = new AbortController()
  let state: LiveState<Reason> = { status: 'connecting', closeReason: null, error: null, confirmed: false }
  let snapshot: Snapshot | null = null
  // Before the first join the page may show already, but nothing is live yet.
  let rest: LiveStatus = 'connecting'
  let running: Promise<void> | null = null
  let again = false
  let attempt = 0
  let waiting = false
  let cancelRetry = () => {}
  let owner = ''

  const isClosed = () => state.status === 'closed'

  function changed(): void {
    snapshot = null
    notifyAll(listeners, (listener) => listener())
  }

  function become(
    status: LiveStatus,
    error: TertuliaError | null = null,
    closeReason: LiveState<Reason>['closeReason'] = null,
    confirmed = state.confirmed,
  ): void {
    const { error: before, confirmed: known } = state
    if (isClosed() || (state.status === status && before === error && known === confirmed)) return
    state = { status, closeReason, error, confirmed }
    parts.onStatus?.(status)
    changed()
  }

  function end(reason: CloseReason | Reason | 'error', error: TertuliaError | null = null): void {
    if (isClosed()) return
    cancelRetry()
    aborter.abort()
    for (const stop of ends.splice(0)) stop()
    parts.onEnded(reason)
    become('closed', error, reason)
  }

  async function synchronise(): Promise<void> {
    cancelRetry()
    waiting = false
    if (state.status === 'offline') become('catching-up')
    try {
      for (let gaps = 0; again; ) {
        // A caller that asks from here on may know of a change that this answer does not have.
        again = false
        const outcome = await parts.synchronise()
        if (isClosed()) return
        gaps = outcome === 'gap' ? gaps + 1 : 0
        // Bounded, for an event with a number that the database never gave would turn this for ever.
        if (gaps === 0 || gaps > mostGaps) continue
        again = true
        // An event may come a moment before the database shows what it tells of.
        if (gaps > 1) await pause(clock, backoffMs(gaps - 2, random), aborter.signal)
        if (isClosed()) return
      }
      attempt = 0
      parts.onComplete?.()
      become(rest, null, null, true)
    } catch (thrown) {
      if (isClosed()) return
      const error = toTertuliaError(operation, thrown, true)
      const reason = final.includes(error.code) ? 'error' : parts.reasonOf?.(error)
      if (reason) return end(reason, reason === 'error' ? error : null)
      lookLater(error.retryAfterMs)
      parts.onFailure?.()
      become('offline', error)
    }
  }

  function lookLater(afterMs = backoffMs(attempt++, random)): void {
    waiting = true
    cancelRetry()
    cancelRetry = clock.after(afterMs, () => void look())
  }

  function look(): Promise<void> {
    if (isClosed()) return Promise.resolve()
    again = true
    running ??= synchronise().finally(() => {
      running = null
      // Asked for after the last look, while the end of it was told.
      if (again && !waiting) void look()
    })
    return running
  }

  function catchUp(): Promise<void> {
    if (state.status !== 'connecting' && !waiting) become('catching-up')
    return look()
  }

  function awake(): void {
    void catchUp()
    parts.onAwake?.()
  }

  async function start(): Promise<void> {
    const userId = await waitForIdentity(
      context,
      operation,
      aborter.signal,
      ({ code }) => code === 'not_signed_in' || final.includes(code),
      (error) => become('offline', error),
    )
    if (userId === null || isClosed()) return
    owner = userId
    ends.push(
      ...parts.begin(owner),
      context.lifecycle.onWake(awake),
      context.lifecycle.onOffline?.(() => {
        become('offline')
        // The device may be wrong, or say nothing when the network is back.
        lookLater()
      }) ?? (() => {}),
      context.userChannel.listen(owner, {
        onJoined() {
          rest = 'live'
          awake()
        },
        onLost() {
          rest = 'offline'
          become('offline')
        },
        onEvent(event, payload) {
          if (!isClosed()) parts.hear(event, payload)
        },
        onSignedOut: () => end('signed-out'),
      }),
    )
    // The page shows without waiting for the channel; joining it then asks once more for what came in between.
    if (!running) void look()
  }

  const close = () => end('closed')
  context.closed.addEventListener('abort', close)
  ends.push(() => context.closed.removeEventListener('abort', close))
  if (context.closed.aborted) close()
  const started = start()
  started.catch((thrown) => end('error', toTertuliaError(operation, thrown, false)))

  return {
    started,
    request: {
      signal: aborter.signal,
      async prepare() {
        const identity = await findIdentity(context, operation)
        if (identity?.userId === owner) return identity.token
        context.userChannel.expect(identity?.userId ?? null)
        end('signed-out')
        throw refusal('not_signed_in', operation, 'another user is signed in')
      },
    },
    isClosed,
    changed,
    catchUp,
    look,
    getSnapshot() {
      snapshot ??= parts.snapshot(state)
      return snapshot
    },
    subscribe(listener) {
      checkListener('subscribe', listener)
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close,
  }
}
