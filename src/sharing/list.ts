import { type ListOperation, listOperation } from '../core/call.ts'
import { id } from '../core/parse.ts'
import { byTime, type Share, share } from './schema.ts'

/**
 * Every share of a song, ended ones too, the latest first. For its owner and admins.
 *
 * @throws `song_not_found`, `forbidden`, `invalid_input`, `invalid_cursor`, `not_signed_in`.
 * @example
 * ```ts
 * const { items } = await tertulia.sharing.listShares(song.id)
 * ```
 */
export const listShares: ListOperation<[songId: string], Share> = listOperation(
  'sharing.listShares',
  'list_song_shares',
  { songId: id },
  share,
  byTime,
)

/**
 * What is shared with oneself, pending or accepted, the latest first. What was offered to one's verified address is among it.
 *
 * @throws `invalid_input`, `invalid_cursor`, `not_signed_in`.
 * @example
 * ```ts
 * for await (const { title, sharedBy, state } of tertulia.sharing.listReceived()) console.log(title, sharedBy.handle, state)
 * ```
 */
export const listReceived: ListOperation<[], Share> = listOperation(
  'sharing.listReceived',
  'list_shares_received',
  {},
  share,
  byTime,
)

/**
 * What one has shared with others, ended shares too, the latest first, of songs that one may still share. Links are told by
 * `listLinks`.
 *
 * @throws `invalid_input`, `invalid_cursor`, `not_signed_in`.
 * @example
 * ```ts
 * const { items } = await tertulia.sharing.listSent({ limit: 20 })
 * ```
 */
export const listSent: ListOperation<[], Share> = listOperation(
  'sharing.listSent',
  'list_shares_sent',
  {},
  share,
  byTime,
)
