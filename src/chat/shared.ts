import type { Context } from '../core/context.ts'
import { createHeadCheck, type HeadCheck } from './head-check.ts'
import { createOutbox, type Outbox } from './outbox/outbox.ts'

/** The state that the open conversations and inboxes of one context share. */
interface Shared {
  readonly headCheck: HeadCheck
  readonly outbox: Outbox
}

const shared = new WeakMap<Context, Shared>()

export function sharedOf(context: Context): Shared {
  const known = shared.get(context) ?? { headCheck: createHeadCheck(context), outbox: createOutbox(context) }
  shared.set(context, known)
  if (context.offline) context.offline.sender = known.outbox
  return known
}
