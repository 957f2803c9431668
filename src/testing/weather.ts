import type { Socket } from 'node:net'
import { createDecide, type Decide, type Fault, type FaultRates, noFaults, readRates } from './faults.ts'

/** What all connections of an injector share: the rates, the counts, what is held back, and whether anything passes. */
export interface Weather {
  readonly counts: Record<Fault, number>
  readonly maxDelayMs: number
  readonly partitioned: boolean
  /** Decisions of the next connection, or of all requests for stream 0. */
  decide(stream: number): Decide
  random(): number
  setRates(rates: FaultRates): void
  count(fault: Fault): void
  /** Runs something after a while, or at once when it gets calm. */
  later(ms: number, run: () => void): void
  /** Runs something as soon as anything passes; in order. */
  whenPassing(run: () => void): void
  track(socket: Socket): void
  pause(): void
  resume(): void
  /** Ends every connection. */
  cut(): void
  partition(): void
  calm(): void
  end(): void
}

export function createWeather(about: {
  seed: number
  random: () => number
  rates: FaultRates
  maxDelayMs: number
  partitionMs: number
}): Weather {
  const counts = noFaults()
  const sockets = new Set<Socket>()
  const held = new Map<() => void, NodeJS.Timeout>()
  const blocked: (() => void)[] = []
  let rates = readRates(about.rates)
  let paused = false
  let partitioned = false
  let ended = false

  function later(ms: number, run: () => void): void {
    const release = () => {
      clearTimeout(held.get(release))
      held.delete(release)
      run()
    }
    held.set(release, setTimeout(release, ms))
  }

  function cut(): void {
    for (const socket of [...sockets]) socket.resetAndDestroy()
  }

  function resume(): void {
    paused = false
    while (!paused) {
      const run = blocked.shift()
      if (!run) return
      run()
    }
  }

  return {
    counts,
    maxDelayMs: about.maxDelayMs,
    get partitioned() {
      return partitioned
    },
    random: about.random,
    decide: (stream) => createDecide(about.seed, stream, () => rates),
    setRates(next) {
      rates = readRates(next)
    },
    count(fault) {
      counts[fault]++
    },
    later,
    whenPassing(run) {
      if (paused) blocked.push(run)
      else run()
    },
    track(socket) {
      if (partitioned || ended) return void socket.destroy()
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => sockets.delete(socket))
    },
    pause() {
      paused = true
    },
    resume,
    cut,
    partition() {
      if (partitioned) return
      counts.partition++
      partitioned = true
      cut()
      later(about.partitionMs, () => {
        partitioned = false
      })
    },
    calm() {
      rates = readRates({})
      for (const release of [...held.keys()]) release()
      resume()
    },
    end() {
      ended = true
      for (const timer of held.values()) clearTimeout(timer)
      held.clear()
      blocked.length = 0
      cut()
    },
  }
}
