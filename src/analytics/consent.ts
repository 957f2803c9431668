import type { Context } from '../core/context.ts'

/** Whether what people do may be noted, kept and sent, as the device remembers it. */
export interface Consent {
  isGiven(): Promise<boolean>
  /** The same for a page that goes and cannot wait, where the storage answers at once; else what it said last. */
  isGivenNow(): boolean
  set(answer: 'in' | 'out'): Promise<void>
}

export function openConsent({ storage, project, requireConsent }: Context): Consent {
  const key = `tertulia:${project}:analytics`
  /** The last value from the storage. It is read each time, because another tab may have withdrawn the consent. */
  let kept: string | null = null
  /** An answer that the storage does not have, or not yet. */
  let unsaved: string | null = null

  const allows = () => {
    const said = unsaved ?? kept
    return said === 'in' || (said !== 'out' && !requireConsent)
  }

  return {
    async isGiven() {
      try {
        kept = await storage.getItem(key)
      } catch {
        // A storage that fails gives no consent, and takes none.
      }
      return allows()
    },
    isGivenNow() {
      try {
        const said = storage.getItem(key)
        if (typeof said === 'string' || said === null) kept = said
        else said.catch(() => {})
      } catch {
        // As it was.
      }
      return allows()
    },
    async set(answer) {
      unsaved = answer
      try {
        await storage.setItem(key, answer)
        if (unsaved === answer) unsaved = null
        kept = answer
      } catch {
        // Holds as long as this client.
      }
    },
  }
}
