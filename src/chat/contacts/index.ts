import { bind } from '../../core/bind.ts'
import type { Context } from '../../core/context.ts'
import type { Contacts } from './calls.ts'
import { answerRequest, getContactRules, listRequests, requestContact, setContactRules } from './contacts.ts'
import { watchRequests } from './watch-requests.ts'

export type { AnySupabaseClient, Context, OperationReport, TertuliaOptions } from '../../core/context.ts'
export { createContext } from '../../core/create-context.ts'
export { isTertuliaError, TertuliaError } from '../../core/error.ts'
export type { ErrorCode } from '../../core/error-codes.ts'
export type { Page, Paged, PageOptions } from '../../core/page.ts'
export type { Person } from '../../core/person.ts'
export type { CallOptions } from '../../core/run.ts'
export type { CloseReason, LiveHandle, LiveState, LiveStatus } from '../../live/types.ts'
export type { Conversation, Participant } from '../schema.ts'
export type { Contacts } from './calls.ts'
export type { Audience, ContactRequest, ContactRuleChanges, ContactRules } from './contacts.ts'
export type { RequestsSnapshot, WatchedRequests } from './watch-requests.ts'

/**
 * Creates the calls about consent: who can write to you and add you to groups, and requests.
 *
 * @param context - From `createContext`. Domains on one context share a connection.
 * @example
 * ```ts
 * import { createContacts, createContext } from 'tertulia/contacts'
 *
 * const contacts = createContacts(createContext(supabase))
 * const { items } = await contacts.listRequests()
 * ```
 */
export const createContacts = (context: Context): Contacts =>
  bind(context, {
    getContactRules,
    setContactRules,
    requestContact,
    listRequests,
    answerRequest,
    watchRequests,
  })
