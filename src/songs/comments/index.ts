import { bind } from '../../core/bind.ts'
import type { Context } from '../../core/context.ts'
import { onUserChange } from '../../core/identity.ts'
import type { Comments } from './calls.ts'
import {
  addComment,
  deleteComment,
  editComment,
  listComments,
  reopenComment,
  resolveComment,
} from './operations.ts'
import { watchComments } from './watch.ts'

export type { AnySupabaseClient, Context, OperationReport, TertuliaOptions } from '../../core/context.ts'
export { createContext } from '../../core/create-context.ts'
export { isTertuliaError, TertuliaError } from '../../core/error.ts'
export type { ErrorCode } from '../../core/error-codes.ts'
export type { Page, Paged, PageOptions } from '../../core/page.ts'
export type { Person } from '../../core/person.ts'
export type { CallOptions } from '../../core/run.ts'
export type { CloseReason, LiveHandle, LiveState, LiveStatus, UserChanges } from '../../live/types.ts'
export type { Comments } from './calls.ts'
export { lineOf } from './line-of.ts'
export type { Comment, NewComment } from './schema.ts'
export type { WatchedComments, WatchedCommentsSnapshot } from './watch.ts'

/**
 * Creates the calls about comments on songs, which are not part of the whole client.
 *
 * @param context - From `createContext`. Domains on one context share a connection.
 * @example
 * ```ts
 * import { createComments, createContext } from 'tertulia/comments'
 *
 * const comments = createComments(createContext(supabase))
 * const { items } = await comments.list(song.id)
 * ```
 */
export const createComments = (context: Context): Comments =>
  bind(context, {
    onUserChange,
    add: addComment,
    edit: editComment,
    resolve: resolveComment,
    reopen: reopenComment,
    delete: deleteComment,
    list: listComments,
    watch: watchComments,
  }) as Comments
