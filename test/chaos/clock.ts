import type { Clock, Lifecycle } from '../../src/index.ts'

/** A device's time, which passes when it is told to. */
export interface DeviceClock extends Clock {
  advance(ms: number): void
  /** Milliseconds to the next timer. */
  untilNext(): number
}

export function createClock(): DeviceClock {
  let now = Date.now()
  const timers = new Set<{ at: number; run: () => void }>()
  const next = () => [...timers].sort((a, b) => a.at - b.at)[0]
  return {
    now: () => now,
    after(ms, run) {
      const timer = { at: now + ms, run }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    advance(ms) {
      const end = now + ms
      for (let due = next(); due && due.at <= end; due = next()) {
        timers.delete(due)
        now = Math.max(now, due.at)
        due.run()
      }
      now = end
    },
    untilNext: () => Math.max(0, (next()?.at ?? Number.POSITIVE_INFINITY) - now),
  }
}

/** A device that wakes up and loses its network when it is told to. */
export interface DeviceLifecycle extends Lifecycle {
  wake(): void
  lose(): void
}

export function createLifecycle(): DeviceLifecycle {
  const wakes = new Set<() => void>()
  const losses = new Set<() => void>()
  const keep = (set: Set<() => void>) => (listener: () => void) => {
    set.add(listener)
    return () => void set.delete(listener)
  }
  const tell = (set: Set<() => void>) => () => {
    for (const listener of [...set]) listener()
  }
  return { onWake: keep(wakes), onOffline: keep(losses), wake: tell(wakes), lose: tell(losses) }
}
