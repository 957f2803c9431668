import type { Context } from '../../core/context.ts'

/** Tells of changes that an open conversation missed: once when it finds out, once when it has them. */
export interface Gaps {
  /** Changes of these numbers are missing. */
  detect(from: number, to: number): void
  /** Everything up to a number is there. */
  repair(to: number): void
}

export function createGaps(context: Context, conversationId: string): Gaps {
  let missingFrom: number | null = null
  const report = (kind: 'detected' | 'repaired', from: number, to: number) =>
    context.reportGap({ kind, conversationId, from, to, count: Math.max(0, to - from + 1) })
  return {
    detect(from, to) {
      if (missingFrom !== null) return
      missingFrom = from
      report('detected', from, to)
    },
    repair(to) {
      if (missingFrom === null) return
      report('repaired', missingFrom, to)
      missingFrom = null
    },
  }
}
