import { bind } from '../../core/bind.ts'
import type { Context } from '../../core/context.ts'
import { onUserChange } from '../../core/identity.ts'
import type { Circles } from './calls.ts'
import {
  acceptInvitation,
  createCircleLink,
  declineInvitation,
  inviteToCircle,
  listCircleInvitations,
  listCircleShares,
  listReceivedInvitations,
  readInvitation,
  removeCircleShare,
  revokeInvitation,
  shareWithCircle,
} from './invitations.ts'
import {
  banMember,
  createCircle,
  deleteCircle,
  getCircle,
  leaveCircle,
  listCircleBans,
  listCircles,
  openCircleConversation,
  releaseCircleConversation,
  removeCirclePicture,
  removeMember,
  renameCircle,
  setCirclePicture,
  setCircleRole,
  transferCircle,
  unbanMember,
  watchCircle,
} from './operations.ts'

export type { AnySupabaseClient, Context, OperationReport, TertuliaOptions } from '../../core/context.ts'
export { createContext } from '../../core/create-context.ts'
export { isTertuliaError, TertuliaError } from '../../core/error.ts'
export type { ErrorCode } from '../../core/error-codes.ts'
export type { FileBytes } from '../../core/file-bytes.ts'
export type { Page, Paged, PageOptions } from '../../core/page.ts'
export type { Person } from '../../core/person.ts'
export type { CallOptions } from '../../core/run.ts'
export type { KeyValueStorage } from '../../core/storage.ts'
export type { Lifecycle } from '../../live/lifecycle.ts'
export type { CloseReason, LiveHandle, LiveState, LiveStatus, UserChanges } from '../../live/types.ts'
export type { Share, ShareState, ShareTarget, SongRole } from '../schema.ts'
export type { Circles } from './calls.ts'
export type {
  CircleLinkOptions,
  CircleShareOptions,
  InvitationKey,
  NewCircleInvitation,
} from './invitations.ts'
export type { NewCircle, WatchedCircle, WatchedCircleSnapshot } from './operations.ts'
export type {
  Circle,
  CircleBan,
  CircleInvitation,
  CircleMember,
  CircleRole,
  CircleSummary,
  NewCircleLink,
} from './schema.ts'

/**
 * Creates the calls about circles, which are not part of the whole client.
 *
 * @param context - From `createContext`. Domains on one context share a connection.
 * @example
 * ```ts
 * import { createCircles, createContext } from 'tertulia/circles'
 *
 * const circles = createCircles(createContext(supabase))
 * const { items } = await circles.list()
 * ```
 */
export const createCircles = (context: Context): Circles =>
  bind(context, {
    onUserChange,
    create: createCircle,
    get: getCircle,
    list: listCircles,
    watch: watchCircle,
    rename: renameCircle,
    setPicture: setCirclePicture,
    removePicture: removeCirclePicture,
    delete: deleteCircle,
    inviteUser: inviteToCircle,
    createLink: createCircleLink,
    listInvitations: listCircleInvitations,
    revokeInvitation,
    listReceivedInvitations,
    readInvitation,
    acceptInvitation,
    declineInvitation,
    leaveCircle,
    removeMember,
    setRole: setCircleRole,
    transfer: transferCircle,
    openConversation: openCircleConversation,
    releaseConversation: releaseCircleConversation,
    ban: banMember,
    unban: unbanMember,
    listBans: listCircleBans,
    share: shareWithCircle,
    listShares: listCircleShares,
    removeShare: removeCircleShare,
  })
