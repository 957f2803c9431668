/** The time as the library sees it. Replace it in tests. */
export interface Clock {
  /** Returns milliseconds since the epoch. */
  now(): number
  /** Runs a function after `ms` milliseconds. Returns a function that cancels it. */
  after(ms: number, run: () => void): () => void
}

/** The platform's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

/** Waiting time before attempt `attempt` (from 0): doubles from 250 ms up to 15 s, half of it random, so that clients spread. */
export function backoffMs(attempt: number, random: () => number): number {
  const whole = Math.min(15_000, 250 * 2 ** Math.min(attempt, 10))
  return whole / 2 + (whole / 2) * random()
}

/** Waits, at most until the signal aborts. */
export function pause(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      cancel()
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const cancel = clock.after(ms, done)
    if (signal?.aborted) done()
    signal?.addEventListener('abort', done)
  })
}
