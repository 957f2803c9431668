import { bind } from '../../core/bind.ts'
import type { Context } from '../../core/context.ts'
import type { Requests } from './calls.ts'
import {
  declineRequest,
  grantRequest,
  listRequests,
  listSentRequests,
  requestAccess,
  withdrawRequest,
} from './requests.ts'

export type { AnySupabaseClient, Context, OperationReport, TertuliaOptions } from '../../core/context.ts'
export { createContext } from '../../core/create-context.ts'
export { isTertuliaError, TertuliaError } from '../../core/error.ts'
export type { ErrorCode } from '../../core/error-codes.ts'
export type { Page, Paged, PageOptions } from '../../core/page.ts'
export type { Person } from '../../core/person.ts'
export type { CallOptions } from '../../core/run.ts'
export type { KeyValueStorage } from '../../core/storage.ts'
export type { Lifecycle } from '../../live/lifecycle.ts'
export type { Share, ShareState, ShareTarget, SongRole } from '../schema.ts'
export type { Requests } from './calls.ts'
export type { AccessRequest, SentAccessRequest } from './requests.ts'

/**
 * Creates the calls about requests for access, which are not part of the whole client.
 *
 * @param context - From `createContext`. Domains on one context share a connection.
 * @example
 * ```ts
 * import { createContext, createRequests } from 'tertulia/requests'
 *
 * const requests = createRequests(createContext(supabase))
 * const { items } = await requests.list()
 * ```
 */
export const createRequests = (context: Context): Requests =>
  bind(context, {
    askOwner: requestAccess,
    list: listRequests,
    listSentRequests,
    grant: grantRequest,
    decline: declineRequest,
    withdraw: withdrawRequest,
  })
