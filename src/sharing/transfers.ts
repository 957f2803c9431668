import { nothing, type Operation, operation } from '../core/call.ts'
import { id } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
import { list, optional, text } from '../core/shape.ts'
import { type Transfer, transfer } from './schema.ts'

/**
 * Offers one's own song to a new owner, who has 14 days to accept. Until then nothing changes; another offer of the same song
 * takes this one's place. Do it before you delete your account, which takes your songs with it.
 *
 * @throws `song_not_found`, `forbidden` unless one is the owner, `profile_not_found`, `blocked`, `rate_limited`,
 * `invalid_input`, `not_signed_in`.
 * @example
 * ```ts
 * await tertulia.sharing.offerTransfer(song.id, ben.id, { message: 'Keep it singing' })
 * ```
 */
export const offerTransfer: Operation<
  [songId: string, userId: string],
  Transfer,
  { message?: string } & CallOptions
> = operation('sharing.offerTransfer', 'offer_song_transfer', { songId: id, userId: id }, transfer, {
  message: optional(text()),
})

/**
 * Accepts a song that one was offered: one is its owner from now on, and who owned it is an admin, who can be put out.
 *
 * @returns The song's id.
 * @throws `transfer_not_found`, also when it has ended or expired; `invalid_input`; `not_signed_in`.
 * @example
 * ```ts
 * const songId = await tertulia.sharing.acceptTransfer(transfer.id)
 * ```
 */
export const acceptTransfer: Operation<[transferId: string], string> = operation(
  'sharing.acceptTransfer',
  'accept_song_transfer',
  { transferId: id },
  id,
)

/**
 * Takes back an offer that one made, or declines one that one was made.
 *
 * @throws `transfer_not_found`, `invalid_input`, `not_signed_in`.
 * @example
 * ```ts
 * await tertulia.sharing.endTransfer(transfer.id)
 * ```
 */
export const endTransfer: Operation<[transferId: string], void> = operation(
  'sharing.endTransfer',
  'end_song_transfer',
  { transferId: id },
  nothing,
)

/**
 * The pending transfers from and to oneself, the latest first, 200 at most.
 *
 * @throws `not_signed_in`.
 * @example
 * ```ts
 * const [first] = await tertulia.sharing.listTransfers()
 * ```
 */
export const listTransfers: Operation<[], Transfer[]> = operation(
  'sharing.listTransfers',
  'list_song_transfers',
  {},
  list(transfer),
)
