import { bind } from '../core/bind.ts'
import type { Context } from '../core/context.ts'
import { onUserChange } from '../core/identity.ts'
import type { UserChanges } from '../live/types.ts'
import type { LinkCalls } from './links/calls.ts'
import { createLink, listLinks, openLink, revokeLink } from './links/links.ts'
import type { NoticeCalls } from './notices/calls.ts'
import { listNotices, markRead } from './notices/notices.ts'
import { watchNotices } from './notices/watch-notices.ts'
import { acceptShare, declineShare, getRole, revokeShare } from './shares/answer.ts'
import type { ShareCalls } from './shares/calls.ts'
import { listReceived, listSent, listShares } from './shares/list.ts'
import { shareSong } from './shares/share.ts'
import type { TransferCalls } from './transfers/calls.ts'
import { acceptTransfer, endTransfer, listTransfers, offerTransfer } from './transfers/transfers.ts'

export type { AnySupabaseClient, Context, OperationReport, TertuliaOptions } from '../core/context.ts'
export { createContext } from '../core/create-context.ts'
export { isTertuliaError, TertuliaError } from '../core/error.ts'
export type { ErrorCode } from '../core/error-codes.ts'
export type { Page, Paged, PageOptions } from '../core/page.ts'
export type { Person } from '../core/person.ts'
export type { CallOptions } from '../core/run.ts'
export type { CloseReason, LiveHandle, LiveState, LiveStatus, UserChanges } from '../live/types.ts'
export type { NewLink, NewSongLink, OpenedLink } from './links/links.ts'
export type { NoticesSnapshot, WatchedNotices } from './notices/watch-notices.ts'
export type { Notice, Share, ShareState, ShareTarget, SongLink, SongRole, Transfer } from './schema.ts'
export type { NewShare } from './shares/share.ts'

/** Who may see and change a song: shares, links, transfers, and the notices about them. */
export interface Sharing extends UserChanges, ShareCalls, LinkCalls, TransferCalls, NoticeCalls {}

/**
 * Creates the sharing domain alone, which is smaller in a bundle than the whole client.
 *
 * @param context - From `createContext`. Domains on one context share a connection.
 * @example
 * ```ts
 * const sharing = createSharing(createContext(supabase))
 * const { items } = await sharing.listReceived()
 * ```
 */
export function createSharing(context: Context): Sharing {
  return bind(context, {
    onUserChange,
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
