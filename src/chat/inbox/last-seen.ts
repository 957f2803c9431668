import { type Operation, operation } from '../../core/call.ts'
import { id, timestamp } from '../../core/parse.ts'
import { flag, list, optional, row } from '../../core/shape.ts'

/** When a user was last active. */
export interface LastSeen {
  userId: string
  /** To the minute. */
  seenAt: Date
  /** Whether that is less than 2 minutes ago. */
  online: boolean
}

const visible = optional(flag)
const userIds = list(id)

/**
 * Keeps that you are active now, if you show it. Call it about once a minute while the app is in use, or more often: the database writes at
 * most once a minute.
 *
 * @param visible - True begins to show when you were last active, false ends it and forgets the time; leave it out otherwise. Nobody shows
 * it at first.
 * @returns Whether you show it.
 * @throws `rate_limited` after 10 changes of `visible` in 10 minutes; `account_not_found`; `invalid_input`; `not_signed_in`.
 * @example
 * ```ts
 * await markActive(context, true)
 * setInterval(() => void markActive(context), 60_000)
 * ```
 */
export const markActive: Operation<[visible?: boolean], boolean> = operation(
  'chat.markActive',
  'mark_active',
  { visible },
  flag,
)

/**
 * Lists when users were last active: those who show it and have written in a conversation that you both take part in. Users are left out
 * when one of you blocked the other.
 *
 * @param userIds - At most 256 ids.
 * @returns The last one first.
 * @throws `invalid_input`, `not_signed_in`.
 * @example
 * ```ts
 * const [seen] = await listLastSeen(context, [ben.id])
 * ```
 */
export const listLastSeen: Operation<[userIds: string[]], LastSeen[]> = operation(
  'chat.listLastSeen',
  'list_last_seen',
  { userIds },
  list(row({ userId: id, seenAt: timestamp, online: flag })),
)
