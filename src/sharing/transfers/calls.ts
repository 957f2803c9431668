import type { CallOptions } from '../../core/run.ts'
import type { ShareTarget, Transfer } from '../schema.ts'

/** Calls that give a song or setlist to another owner. */
export interface TransferCalls {
  /**
   * Offers your own song or setlist to a new owner, who has 14 days to accept. Nothing changes until then. Another offer of the same
   * target replaces this one. Transfer what others need before you delete your account, because that deletes your songs and setlists.
   *
   * @param target - The song's id, or `{ setlistId }`.
   * @param userId - The new owner's id.
   * @param options - `message`: 1 to 1,000 characters for the new owner.
   * @throws `song_not_found` or `setlist_not_found` without a role in it; `forbidden` when you are not the owner; `profile_not_found`; `blocked`;
   * `rate_limited` after 60 shares, links and transfers in an hour; `invalid_input`, also for your own id; `not_signed_in`.
   * @example
   * ```ts
   * await tertulia.sharing.offerTransfer(song.id, ben.id, { message: 'Keep it singing' })
   * ```
   */
  offerTransfer(
    target: ShareTarget,
    userId: string,
    options?: {
      /** 1 to 1,000 characters for the new owner. */
      message?: string | undefined
    } & CallOptions,
  ): Promise<Transfer>
  /**
   * Accepts a song or setlist that was offered to you. You become its owner, and the former owner becomes an admin, whom you can remove.
   *
   * @param transferId - The transfer's id, from `listTransfers`.
   * @returns The id of the song or setlist.
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
