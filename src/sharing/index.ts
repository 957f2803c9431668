import { bind } from '../core/bind.ts'
import type { Context } from '../core/context.ts'
import type { Paged, PageOptions } from '../core/page.ts'
import type { CallOptions } from '../core/run.ts'
import { acceptShare, declineShare, getRole, revokeShare } from './answer.ts'
import { createLink, listLinks, type NewLink, type NewSongLink, openLink, revokeLink } from './links.ts'
import { listReceived, listSent, listShares } from './list.ts'
import { listNotices, markRead } from './notices.ts'
import type { Notice, Share, SongLink, SongRole, Transfer } from './schema.ts'
import { type NewShare, shareSong } from './share.ts'
import { acceptTransfer, endTransfer, listTransfers, offerTransfer } from './transfers.ts'
import { type WatchedNotices, watchNotices } from './watch-notices.ts'

export type { AnySupabaseClient, Context, OperationReport, TertuliaOptions } from '../core/context.ts'
export { createContext } from '../core/create-context.ts'
export { isTertuliaError, TertuliaError } from '../core/error.ts'
export type { ErrorCode } from '../core/error-codes.ts'
export type { Page, Paged, PageOptions } from '../core/page.ts'
export type { CallOptions } from '../core/run.ts'
export type { CloseReason, LiveHandle, LiveState, LiveStatus } from '../live/types.ts'
export type { NewLink, NewSongLink } from './links.ts'
export type { Notice, Share, SharePerson, ShareState, SongLink, SongRole, Transfer } from './schema.ts'
export type { NewShare } from './share.ts'
export type { NoticesSnapshot, WatchedNotices } from './watch-notices.ts'

/** Who may see and change a song: shares, links, transfers, and the notices of all that. */
export interface Sharing {
  /** Offers a role in a song to a person or an address. See {@link shareSong}. */
  share(songId: string, wanted: NewShare, options?: CallOptions): Promise<Share>
  /** Accepts a share. See {@link acceptShare}. */
  accept(shareId: string, options?: CallOptions): Promise<Share & { songId: string }>
  /** Declines a share, or gives it back. See {@link declineShare}. */
  decline(shareId: string, options?: CallOptions): Promise<void>
  /** Ends somebody's share; answers what role remains. See {@link revokeShare}. */
  revoke(shareId: string, options?: CallOptions): Promise<SongRole | null>
  /** One's own role in a song. See {@link getRole}. */
  getRole(songId: string, options?: CallOptions): Promise<SongRole | null>
  /** Every share of a song. See {@link listShares}. */
  listShares(songId: string, options?: PageOptions & CallOptions): Paged<Share>
  /** What is shared with oneself. See {@link listReceived}. */
  listReceived(options?: PageOptions & CallOptions): Paged<Share>
  /** What one has shared. See {@link listSent}. */
  listSent(options?: PageOptions & CallOptions): Paged<Share>
  /** Makes a link to a song. See {@link createLink}. */
  createLink(songId: string, wanted?: NewLink, options?: CallOptions): Promise<NewSongLink>
  /** Opens a link. See {@link openLink}. */
  openLink(token: string, options?: CallOptions): Promise<{ songId: string; role: SongRole }>
  /** The links of a song. See {@link listLinks}. */
  listLinks(songId: string, options?: CallOptions): Promise<SongLink[]>
  /** Closes a link. See {@link revokeLink}. */
  revokeLink(linkId: string, options?: CallOptions): Promise<void>
  /** Offers one's own song to a new owner. See {@link offerTransfer}. */
  offerTransfer(
    songId: string,
    userId: string,
    options?: { message?: string } & CallOptions,
  ): Promise<Transfer>
  /** Makes oneself the owner of a song that was offered. See {@link acceptTransfer}. */
  acceptTransfer(transferId: string, options?: CallOptions): Promise<string>
  /** Takes an offer back, or declines it. See {@link endTransfer}. */
  endTransfer(transferId: string, options?: CallOptions): Promise<void>
  /** Pending transfers. See {@link listTransfers}. */
  listTransfers(options?: CallOptions): Promise<Transfer[]>
  /** What happened. See {@link listNotices}. */
  listNotices(options?: { unread?: boolean } & PageOptions & CallOptions): Paged<Notice>
  /** Marks notices as read. See {@link markRead}. */
  markRead(noticeIds?: string[], options?: CallOptions): Promise<number>
  /** Keeps the newest notices of the user live. See {@link watchNotices}. */
  watchNotices(): WatchedNotices
}

/**
 * The sharing domain alone.
 *
 * @example
 * ```ts
 * const sharing = createSharing(createContext(supabase))
 * const { items } = await sharing.listReceived()
 * ```
 */
export function createSharing(context: Context): Sharing {
  return bind(context, {
    share: shareSong,
    accept: acceptShare,
    decline: declineShare,
    revoke: revokeShare,
    getRole,
    listShares,
    listReceived,
    listSent,
    createLink,
    openLink,
    listLinks,
    revokeLink,
    offerTransfer,
    acceptTransfer,
    endTransfer,
    listTransfers,
    listNotices,
    markRead,
    watchNotices,
  })
}
