/** One's own mark in an open conversation: it moves forward only, by one request at a time, however often it is set. */
export interface Reading {
  /** Marks up to a position. Resolves when the database has that, or all that there is. */
  mark(seq: number): Promise<void>
  /** Tries again what failed before. */
  resume(): void
}

/**
 * @param at - How far one has read, as far as is known here.
 * @param send - Tells the database.
 */
export function createReading(at: () => number, send: (seq: number) => Promise<void>): Reading {
  let wanted = 0
  let sending: Promise<void> | null = null

  async function sendAll(): Promise<void> {
    while (wanted > at()) {
      const asked = wanted
      await send(asked)
      // Beyond the newest message there is nothing to mark.
      if (wanted === asked) wanted = 0
    }
  }

  function mark(seq: number): Promise<void> {
    wanted = Math.max(wanted, seq)
    sending ??= sendAll().finally(() => {
      sending = null
    })
    return sending
  }

  return { mark, resume: () => void mark(0).catch(() => {}) }
}
