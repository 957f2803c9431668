import { bind } from '../../core/bind.ts'
import type { Context } from '../../core/context.ts'
import type { Library } from './calls.ts'
import {
  browseSongs,
  copySong,
  findOrigin,
  getWays,
  listLibrary,
  listWays,
  recordPlay,
  setWay,
} from './operations.ts'

export type { AnySupabaseClient, Context, OperationReport, TertuliaOptions } from '../../core/context.ts'
export { createContext } from '../../core/create-context.ts'
export { isTertuliaError, TertuliaError } from '../../core/error.ts'
export type { ErrorCode } from '../../core/error-codes.ts'
export type { Page, Paged, PageOptions } from '../../core/page.ts'
export type { Person } from '../../core/person.ts'
export type { CallOptions } from '../../core/run.ts'
export type { Song, SongChord, SongSummary, SongVisibility } from '../schema.ts'
export type { Library } from './calls.ts'
export type { BrowseSongsOptions, ListLibraryOptions } from './operations.ts'
export type { ListedSongWay, SongOrigin, SongPlays, SongWay, WayFields } from './schema.ts'

/**
 * Creates the calls about a musician's library.
 *
 * @param context - From `createContext`. Domains on one context share a connection.
 * @example
 * ```ts
 * import { createContext, createLibrary } from 'tertulia/library'
 *
 * const library = createLibrary(createContext(supabase))
 * const { items } = await library.list({ sort: 'artist', language: 'es' })
 * ```
 */
export function createLibrary(context: Context): Library {
  return bind(context, {
    list: listLibrary,
    browseSongs,
    setWay,
    getWays,
    listWays,
    copySong,
    recordPlay,
    findOrigin,
  })
}
