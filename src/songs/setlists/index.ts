import { bind } from '../../core/bind.ts'
import type { Context } from '../../core/context.ts'
import { onUserChange } from '../../core/identity.ts'
import type { Setlists } from './calls.ts'
import {
  addToSetlist,
  createSetlist,
  deleteSetlist,
  duplicateSetlist,
  getSetlist,
  listSetlists,
  listSetlistVersions,
  moveEntry,
  removeEntries,
  restoreSetlistVersion,
  updateEntry,
  updateSetlist,
  watchSetlist,
} from './operations.ts'

export type { AnySupabaseClient, Context, OperationReport, TertuliaOptions } from '../../core/context.ts'
export { createContext } from '../../core/create-context.ts'
export { isTertuliaError, TertuliaError } from '../../core/error.ts'
export type { ErrorCode } from '../../core/error-codes.ts'
export type { Page, Paged, PageOptions } from '../../core/page.ts'
export type { Person } from '../../core/person.ts'
export type { CallOptions } from '../../core/run.ts'
export type { CloseReason, LiveHandle, LiveState, LiveStatus, UserChanges } from '../../live/types.ts'
export type { Song, SongChord, SongSummary, SongVisibility } from '../schema.ts'
export type { Setlists } from './calls.ts'
export type { NewSetlist, SetlistFields, WatchedSetlist, WatchedSetlistSnapshot } from './operations.ts'
export type {
  EntryFields,
  NewEntry,
  Setlist,
  SetlistEntry,
  SetlistSummary,
  SetlistVersion,
} from './schema.ts'

/**
 * Creates the calls about setlists.
 *
 * @param context - From `createContext`. Domains on one context share a connection.
 * @example
 * ```ts
 * import { createContext, createSetlists } from 'tertulia/setlists'
 *
 * const setlists = createSetlists(createContext(supabase))
 * const { items } = await setlists.list()
 * ```
 */
export const createSetlists = (context: Context): Setlists =>
  bind(context, {
    onUserChange,
    create: createSetlist,
    get: getSetlist,
    list: listSetlists,
    update: updateSetlist,
    add: addToSetlist,
    updateEntry,
    move: moveEntry,
    remove: removeEntries,
    duplicate: duplicateSetlist,
    delete: deleteSetlist,
    listVersions: listSetlistVersions,
    restoreVersion: restoreSetlistVersion,
    watch: watchSetlist,
  }) as Setlists
