import type { Context } from '../core/context.ts'
import { createHeadCheck, type HeadCheck } from './head-check.ts'
import { createOutbox, type Outbox } from './outbox.ts'

/** What the open conversations and inboxes of one context share. */
export interface Shared {
  readonly headCheck: HeadCheck
  /** The outbox of a person; that of another person is left alone from then on. */
  outboxOf(userId: string): Outbox
}

const shared = new WeakMap<Context, Shared>()

function createShared(context: Context): Shared {
  let outbox: Outbox | null = null
  return {
    headCheck: createHeadCheck(context),
    outboxOf(userId) {
      if (outbox?.userId !== userId) outbox = createOutbox(context, userId)
      return outbox
    },
  }
}

export function sharedOf(context: Context): Shared {
  const known = shared.get(context) ?? createShared(context)
  shared.set(context, known)
  return known
}
