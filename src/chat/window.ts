import type { RevisedMessage } from './schema.ts'

/** Messages without gap, in order of `seq`. */
export type Window = RevisedMessage[]

export const firstSeq = (window: Window): number => window[0]?.message.seq ?? 0

export const lastSeq = (window: Window): number => window.at(-1)?.message.seq ?? 0

/** Puts a message in the place of its older self, if the window holds that. */
export function renew(window: Window, change: RevisedMessage): void {
  const at = change.message.seq - firstSeq(window)
  const known = window[at]
  if (known && known.revision < change.revision) window[at] = change
}

/** Two windows as one, of each message the newest; null when messages between them are missing. */
export function unite(one: Window, other: Window): Window | null {
  const [before, after] = firstSeq(one) <= firstSeq(other) ? [one, other] : [other, one]
  if (firstSeq(after) > lastSeq(before) + 1) return null
  const whole = [...before, ...after.slice(Math.max(0, lastSeq(before) - firstSeq(after) + 1))]
  for (const change of after) renew(whole, change)
  return whole
}
