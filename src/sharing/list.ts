import { listCall } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import type { Paged, PageOptions } from '../core/page.ts'
import { id, parseInput } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
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
export function listShares(
  context: Context,
  songId: string,
  options: PageOptions & CallOptions = {},
): Paged<Share> {
  const operation = 'sharing.listShares'
  const readInput = () => ({ songId: parseInput(operation, id, songId) })
  return listCall(context, operation, options, 'list_song_shares', readInput, share, byTime)
}

/**
 * What is shared with oneself, pending or accepted, the latest first. What was offered to one's verified address is among it.
 *
 * @throws `invalid_input`, `invalid_cursor`, `not_signed_in`.
 * @example
 * ```ts
 * for await (const { title, sharedBy, state } of tertulia.sharing.listReceived()) console.log(title, sharedBy.handle, state)
 * ```
 */
export function listReceived(context: Context, options: PageOptions & CallOptions = {}): Paged<Share> {
  return listCall(context, 'sharing.listReceived', options, 'list_shares_received', () => ({}), share, byTime)
}

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
export function listSent(context: Context, options: PageOptions & CallOptions = {}): Paged<Share> {
  return listCall(context, 'sharing.listSent', options, 'list_shares_sent', () => ({}), share, byTime)
}
