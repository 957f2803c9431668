import { nothing, type Operation, operation } from '../core/call.ts'
import { id, timestamp } from '../core/parse.ts'
import { list, nullable, type Reader, row, text } from '../core/shape.ts'

/** Somebody whom one blocked. */
export interface BlockedPerson {
  userId: string
  /** Null once the account is deleted. */
  handle: string | null
  displayName: string
  createdAt: Date
}

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
export const blockUser: Operation<[userId: string], void> = operation(
  'chat.block',
  'block_user',
  { userId: id },
  nothing,
)

/**
 * Takes one's block of a person back. Where there is none nothing changes.
 *
 * @throws `invalid_input` for an id that is not a UUID, `not_signed_in`.
 * @example
 * ```ts
 * await tertulia.chat.unblock(userId)
 * ```
 */
export const unblockUser: Operation<[userId: string], void> = operation(
  'chat.unblock',
  'unblock_user',
  { userId: id },
  nothing,
)

/**
 * Whom one blocked, the newest first.
 *
 * @throws `not_signed_in`.
 * @example
 * ```ts
 * const blocked = new Set((await tertulia.chat.listBlocks()).map(({ userId }) => userId))
 * ```
 */
export const listBlocks: Operation<[], BlockedPerson[]> = operation(
  'chat.listBlocks',
  'list_blocks',
  {},
  list(blockedPerson),
)
