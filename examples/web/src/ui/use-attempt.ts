import { useState } from 'react'

export interface Attempt {
  /** Why the newest attempt failed. */
  failure: unknown
  busy: boolean
  /** Runs an action; whether it succeeded. */
  attempt(work: () => Promise<unknown>): Promise<boolean>
}

/** Runs the actions of a form or a button, and keeps what went wrong. */
export function useAttempt(): Attempt {
  const [failure, setFailure] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  async function attempt(work: () => Promise<unknown>): Promise<boolean> {
    setFailure(null)
    setBusy(true)
    try {
      await work()
      return true
    } catch (error) {
      setFailure(error)
      return false
    } finally {
      setBusy(false)
    }
  }
  return { failure, busy, attempt }
}
