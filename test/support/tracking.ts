import type { Clock, Lifecycle, TertuliaOptions } from 'tertulia'
import { createSharedStorage } from './storage.ts'

/** A device whose time and whose moments the test tells, and that counts what is left running. */
export function createDevice(options: TertuliaOptions = {}) {
  const timers = new Set<{ ms: number; run: () => void }>()
  const wakes = new Set<() => void>()
  const hides = new Set<() => void>()
  const keep = (set: Set<() => void>) => (listener: () => void) => {
    set.add(listener)
    return () => void set.delete(listener)
  }
  const clock: Clock = {
    now: () => Date.now(),
    after(ms, run) {
      const timer = { ms, run }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
  }
  const lifecycle: Lifecycle = { onWake: keep(wakes), onHide: keep(hides) }
  const storage = createSharedStorage()
  const operations: string[] = []
  return {
    options: {
      clock,
      lifecycle,
      storage,
      onOperation: ({ operation, code }) => operations.push(`${operation} ${code}`),
      ...options,
    } satisfies TertuliaOptions,
    storage,
    operations,
    /** All but the limits of requests under way. */
    running: () => [...timers].filter(({ ms }) => ms !== 15_000).length + wakes.size + hides.size,
    timers: () => [...timers].filter(({ ms }) => ms !== 15_000).map(({ ms }) => ms),
    fire() {
      for (const timer of [...timers].filter(({ ms }) => ms !== 15_000)) {
        timers.delete(timer)
        timer.run()
      }
    },
    wake() {
      for (const one of [...wakes]) one()
    },
    hide() {
      for (const one of [...hides]) one()
    },
  }
}

/** The events that wait on a device. */
export const waiting = async (
  { storage }: ReturnType<typeof createDevice>,
  who: string,
): Promise<unknown[]> => {
  const key = storage.keys().find((one) => one.endsWith(`:${who}:events`))
  return key ? JSON.parse((await storage.getItem(key)) ?? '[]') : []
}
