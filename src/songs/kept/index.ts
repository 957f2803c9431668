import type { Context } from '../../core/context.ts'
import type { KeyValueStorage } from '../../core/storage.ts'
import type { KeptSongs } from './calls.ts'
import { createKept } from './kept.ts'
import type { KeptOptions } from './schema.ts'

export type { AnySupabaseClient, Context, OperationReport, TertuliaOptions } from '../../core/context.ts'
export { createContext } from '../../core/create-context.ts'
export { isTertuliaError, TertuliaError } from '../../core/error.ts'
export type { ErrorCode } from '../../core/error-codes.ts'
export type { KeyValueStorage } from '../../core/storage.ts'
export type { CloseReason, LiveHandle, LiveState, LiveStatus } from '../../live/types.ts'
export type { SongSnapshot } from '../history/history.ts'
export type { Song, SongChord, SongSummary, SongVisibility } from '../schema.ts'
export type { Setlist, SetlistEntry } from '../setlists/schema.ts'
export type { SongChanges, SongFields } from '../songs/fields.ts'
export type { KeptSongs } from './calls.ts'
export type { KeptOptions, KeptSnapshot, KeptSong, KeptSummary, SongDraft } from './schema.ts'

/**
 * Opens what the device keeps of songs and setlists. It is a live handle: close it when the app no longer shows it.
 *
 * @param context - From `createContext`, or of the domains that you use. They share a connection.
 * @param storage - `indexedDbStorage('songs')` of `tertulia/offline` in a page; in React Native `AsyncStorage` or an object of the same
 * three functions. It belongs to this alone.
 * @param options - Bounds, and whether copies stay after a sign-out.
 * @example
 * ```ts
 * import { createContext, createKeptSongs } from 'tertulia/kept'
 * import { indexedDbStorage } from 'tertulia/offline'
 *
 * const kept = createKeptSongs(createContext(supabase), indexedDbStorage('songs'))
 * await kept.keepFavorites()
 * kept.subscribe(() => console.log(kept.getSnapshot().songs.length))
 * ```
 */
export const createKeptSongs = (
  context: Context,
  storage: KeyValueStorage,
  options?: KeptOptions,
): KeptSongs => createKept(context, storage, options)
