import { nothing, type Operation, operation } from '../../core/call.ts'
import { id, timestamp } from '../../core/parse.ts'
import { type Person, personFields } from '../../core/person.ts'
import { list, type Reader, row } from '../../core/shape.ts'

/** A user whom you blocked. */
export interface BlockedPerson extends Person {
  /** When you blocked the user. */
  createdAt: Date
}

const blockedPerson: Reader<BlockedPerson> = row({ ...personFields, createdAt: timestamp }, { id: 'user_id' })

/**
 * Blocks a user. In your direct conversation neither of you can send, edit, react or type, and neither can add the other to a group. Shared
 * groups are unaffected. Only you can see the block. Blocking again does nothing.
 *
 * @param userId - The user's id.
 * @throws `profile_not_found`, `rate_limited` after 60 blocks in an hour, `invalid_input` for your own id, `not_signed_in`.
 * @example
 * ```ts
 * await blockUser(context, ben.id)
 * ```
 */
export const blockUser: Operation<[userId: string], void> = operation(
  'chat.block',
  'block_user',
  { userId: id },
  nothing,
)

/**
 * Unblocks a user. Does nothing if you have not blocked the user.
 *
 * @param userId - The user's id.
 * @throws `invalid_input` for an id that is not a UUID, `not_signed_in`.
 * @example
 * ```ts
 * await unblockUser(context, ben.id)
 * ```
 */
export const unblockUser: Operation<[userId: string], void> = operation(
  'chat.unblock',
  'unblock_user',
  { userId: id },
  nothing,
)

/**
 * Lists the users whom you blocked, the latest first.
 *
 * @throws `not_signed_in`.
 * @example
 * ```ts
 * const blocked = new Set((await listBlocks(context)).map(({ id }) => id))
 * ```
 */
export const listBlocks: Operation<[], BlockedPerson[]> = operation(
  'chat.listBlocks',
  'list_blocks',
  {},
  list(blockedPerson),
)
