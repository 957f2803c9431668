import { call, checkedCall, nothing } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import { id, timestamp } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
import { list, nullable, object, type Reader, row, text } from '../core/shape.ts'

/** Somebody whom one blocked. */
export interface BlockedPerson {
  userId: string
  /** Null once the account is deleted. */
  handle: string | null
  displayName: string
  createdAt: Date
}

const person = object({ userId: id })
const blockedPerson: Reader<BlockedPerson> = row({
  userId: id,
  handle: nullable(text()),
  displayName: text(),
  createdAt: timestamp,
})

/**
 * Blocks a person: in the direct conversation of the two nobody writes, edits, reacts or types any more, and neither brings
 * the other into a group. Groups of both go on, and all see all; an app may fold what a blocked person says. Only the blocker
 * sees the block. Blocking again changes nothing.
 *
 * @throws `profile_not_found`, `invalid_input` for oneself, `not_signed_in`.
 * @example
 * ```ts
 * await tertulia.chat.block(userId)
 * ```
 */
export function blockUser(context: Context, userId: string, options?: CallOptions): Promise<void> {
  return checkedCall(context, 'chat.block', options, 'block_user', person, { userId }, nothing)
}

/**
 * Takes one's block of a person back. Where there is none nothing changes.
 *
 * @throws `invalid_input` for an id that is not a UUID, `not_signed_in`.
 * @example
 * ```ts
 * await tertulia.chat.unblock(userId)
 * ```
 */
export function unblockUser(context: Context, userId: string, options?: CallOptions): Promise<void> {
  return checkedCall(context, 'chat.unblock', options, 'unblock_user', person, { userId }, nothing)
}

/**
 * Whom one blocked, the newest first.
 *
 * @throws `not_signed_in`.
 * @example
 * ```ts
 * const blocked = new Set((await tertulia.chat.listBlocks()).map(({ userId }) => userId))
 * ```
 */
export async function listBlocks(context: Context, options?: CallOptions): Promise<BlockedPerson[]> {
  return call(context, 'chat.listBlocks', options, 'list_blocks', {}, list(blockedPerson))
}
