let offsetMs = 0
const Original = Date

/** Moves the clock of this process, as a user or a time server does; timers go on as they were. */
export function shiftClock(ms: number): void {
  offsetMs = ms
  globalThis.Date = Shifted as DateConstructor
}

const Shifted = class extends Original {
  constructor(...parts: unknown[]) {
    // Without arguments it is the moment.
    super(...((parts.length === 0 ? [Original.now() + offsetMs] : parts) as [number]))
  }

  static override now(): number {
    return Original.now() + offsetMs
  }
}
