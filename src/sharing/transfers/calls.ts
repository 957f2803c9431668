import type { CallOptions } from '../../core/run.ts'
import type { Transfer } from '../schema.ts'

/** Calls that give a song to another owner. */
export interface TransferCalls {
  /**
   * Offers your own song to a new owner, who has 14 days to accept. Nothing changes until then. Another offer of the same song replaces
   * this one. Transfer the songs that others need before you delete your account, because that deletes your songs.
   *
   * @param songId - The song's id.
   * @param userId - The new owner's id.
   * @param options - `message`: 1 to 1,000 characters for the new owner.
   * @throws `song_not_found` without a role in the song; `forbidden` when you are not the owner; `profile_not_found`; `blocked`;
   * `rate_limited` after 60 shares, links and transfers in an hour; `invalid_input`, also for your own id; `not_signed_in`.
   * @example
   * ```ts
   * await tertulia.sharing.offerTransfer(song.id, ben.id, { message: 'Keep it singing' })
   * ```
   */
  offerTransfer(
    songId: string,
    userId: string,
    options?: {
      /** 1 to 1,000 characters for the new owner. */
      message?: string
    } & CallOptions,
  ): Promise<Transfer>
  /**
   * Accepts a song that was offered to you. You become its owner, and the former owner becomes an admin, whom you can remove.
   *
   * @param transferId - The transfer's id, from `listTransfers`.
   * @returns The song's id.
   * @throws `transfer_not_found`, also when the transfer ended or expired; `invalid_input`; `not_signed_in`.
   * @example
   * ```ts
   * const songId = await tertulia.sharing.acceptTransfer(transfer.id)
   * ```
   */
  acceptTransfer(transferId: string, options?: CallOptions): Promise<string>
  /**
   * Cancels a transfer that you offered, or declines one that was offered to you.
   *
   * @param transferId - The transfer's id, from `listTransfers`.
   * @throws `transfer_not_found`, `invalid_input`, `not_signed_in`.
   * @example
   * ```ts
   * await tertulia.sharing.endTransfer(transfer.id)
   * ```
   */
  endTransfer(transferId: string, options?: CallOptions): Promise<void>
  /**
   * Lists the pending transfers from you and to you, the latest first, 200 at most.
   *
   * @throws `not_signed_in`.
   * @example
   * ```ts
   * const [first] = await tertulia.sharing.listTransfers()
   * ```
   */
  listTransfers(options?: CallOptions): Promise<Transfer[]>
}
