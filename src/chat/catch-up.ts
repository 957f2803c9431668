import { backoffMs } from '../core/clock.ts'
import type { Context } from '../core/context.ts'
import type { TertuliaError } from '../core/error.ts'
import type { ErrorCode } from '../core/error-codes.ts'
import { toTertuliaError } from '../core/map-error.ts'

/** What catching up does to its conversation. */
export interface CatchUpTarget {
  isClosed(): boolean
  onStart(): void
  /** Asks the database once and takes the answer in; `gap` when it does not hold all that is known to be there. */
  synchronise(): Promise<'complete' | 'gap'>
  onComplete(): void
  /** It failed and will be tried again. */
  onFailure(error: TertuliaError): void
  /** It failed for good. */
  onEnd(error: TertuliaError): void
}

/** Catching up with the database: one request at a time, however many ask. */
export interface CatchUp {
  /** Resolves when all that was there at this call is known, or it is known that it cannot be had now. Never rejects. */
  run(): Promise<void>
  isRunning(): boolean
  /** Gives up a retry that waits. */
  cancel(): void
}

/** What does not change by trying again. Anything else may be a gateway, a migration under way, or the network. */
const final: ErrorCode[] = [
  'conversation_not_found',
  'account_not_found',
  'unsupported_identity',
  'invalid_key',
]

/** Synchronisations in a row after which a change that nobody can deliver is left to the next one. */
const maxRounds = 4

export function createCatchUp(context: Context, target: CatchUpTarget): CatchUp {
  let running: Promise<void> | null = null
  let again = false
  let attempt = 0
  let waiting = false
  let cancel = () => {}

  async function catchUp(): Promise<void> {
    cancel()
    waiting = false
    target.onStart()
    try {
      for (let round = 1; again; round++) {
        // Whoever asks from here on may know of something that this answer does not hold.
        again = false
        const outcome = await target.synchronise()
        if (target.isClosed()) return
        // Bounded, for an event with a number that the database never gave would turn this for ever.
        if (outcome === 'gap' && round < maxRounds) again = true
      }
      attempt = 0
      target.onComplete()
    } catch (thrown) {
      if (target.isClosed()) return
      const error = toTertuliaError('chat.sync', thrown, true)
      if (final.includes(error.code)) return target.onEnd(error)
      waiting = true
      cancel = context.clock.after(
        error.retryAfterMs ?? backoffMs(attempt++, context.random),
        () => void run(),
      )
      target.onFailure(error)
    }
  }

  function run(): Promise<void> {
    if (target.isClosed()) return Promise.resolve()
    again = true
    running ??= catchUp().finally(() => {
      running = null
      // Asked for after the last look, while the end of it was told.
      if (again && !waiting) void run()
    })
    return running
  }

  return { run, isRunning: () => running !== null, cancel: () => cancel() }
}
