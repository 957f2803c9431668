import { type Change, renewed } from '../changes.ts'
import type { RevisedMessage } from '../schema.ts'

/** Messages without gap, in order of `seq`. */
export type Window = RevisedMessage[]

export const firstSeq = (window: Window): number => window[0]?.message.seq ?? 0

export const lastSeq = (window: Window): number => window.at(-1)?.message.seq ?? 0

/** Takes a change into what the window holds: into the message itself, and into the replies that show the beginning of it. */
export function renew(window: Window, change: Change): void {
  const { revision, message, reaction } = change
  const at = (message ?? reaction)!.seq - firstSeq(window)
  const known = window[at]
  if (known && known.revision < revision) window[at] = { revision, message: renewed(known.message, change) }
  // Also of a change that a page has brought before: its replies may be of an earlier page.
  if (!message?.editedAt && !message?.deletedAt) return
  window.forEach((reply, place) => {
    if (place !== at) reply.message = renewed(reply.message, change)
  })
}

/** Two windows as one, of each message the newest; null when messages between them are missing. */
export function unite(one: Window, other: Window): Window | null {
  const [before, after] = firstSeq(one) <= firstSeq(other) ? [one, other] : [other, one]
  if (firstSeq(after) > lastSeq(before) + 1) return null
  const newer = (known: RevisedMessage) => {
    const there = after[known.message.seq - firstSeq(after)]
    return there && there.revision > known.revision ? there : known
  }
  return [...before.map(newer), ...after.slice(Math.max(0, lastSeq(before) - firstSeq(after) + 1))]
}
