import type { Fault } from './faults.ts'
import type { Weather } from './weather.ts'

/** One direction of a socket. */
export interface Lane {
  /** Passes a broadcast on, perhaps with a fault. */
  broadcast(raw: Buffer, fault: Fault | null): void
  /** Passes anything else on, behind what is held back. */
  pass(raw: Buffer): void
  /** Runs something once all that is held back has passed. */
  afterwards(run: () => void): void
}

export function createLane(weather: Weather, write: (raw: Buffer) => void): Lane {
  const queue: { run: () => void; ready: boolean }[] = []
  let overtaken: (() => void) | null = null

  /** Whatever is ready and has nothing before it passes. */
  function drain(): void {
    while (queue[0]?.ready) weather.whenPassing(queue.shift()!.run)
  }

  function enqueue(run: () => void, delayMs = 0): void {
    const entry = { run, ready: delayMs === 0 }
    queue.push(entry)
    const release = () => {
      entry.ready = true
      drain()
    }
    if (entry.ready) drain()
    else weather.later(delayMs, release)
  }

  function hold(raw: Buffer): void {
    let passed = false
    const release = (fault: Fault) => {
      if (passed) return
      passed = true
      overtaken = null
      weather.count(fault)
      enqueue(() => write(raw))
    }
    overtaken = () => release('reorder')
    // With nothing behind it that could overtake, it was only late.
    weather.later(weather.maxDelayMs, () => release('delay'))
  }

  return {
    pass: (raw) => enqueue(() => write(raw)),
    broadcast(raw, fault) {
      if (fault === 'reorder' && !overtaken) return hold(raw)
      if (fault === 'drop') return weather.count('drop')
      if (fault === 'duplicate') {
        weather.count('duplicate')
        enqueue(() => write(raw))
      }
      if (fault === 'delay') weather.count('delay')
      enqueue(() => write(raw), fault === 'delay' ? 1 + weather.random() * weather.maxDelayMs : 0)
      overtaken?.()
    },
    afterwards: (run) => enqueue(run),
  }
}
