import type { Context } from '../core/context.ts'
import type { Paged } from '../core/page.ts'
import type { CallOptions } from '../core/run.ts'
import { createSong } from './create.ts'
import { deleteSong } from './delete.ts'
import { type SongFacets, songFacets } from './facets.ts'
import type { NewSong, SongChanges } from './fields.ts'
import type { SongFilters } from './filters.ts'
import { getSong } from './get.ts'
import { type ListSongsOptions, listSongs } from './list.ts'
import type { Song, SongSummary } from './schema.ts'
import { type SearchSongsOptions, type SongHit, searchSongs } from './search.ts'
import { type SongSuggestion, suggestSongs } from './suggest.ts'
import { updateSong } from './update.ts'

export {
  type AnySupabaseClient,
  type Context,
  createContext,
  type OperationReport,
  type TertuliaOptions,
} from '../core/context.ts'
export { isTertuliaError, TertuliaError } from '../core/error.ts'
export type { ErrorCode } from '../core/error-codes.ts'
export type { Page, Paged, PageOptions } from '../core/page.ts'
export type { CallOptions } from '../core/run.ts'
export type { SongFacet, SongFacets } from './facets.ts'
export type { NewSong, SongChanges, SongFields } from './fields.ts'
export type { SongFilters, Span } from './filters.ts'
export type { ListSongsOptions } from './list.ts'
export type { Song, SongChord, SongSummary, SongVisibility } from './schema.ts'
export type { Range, SearchSongsOptions, SongHit } from './search.ts'
export type { SongSuggestion } from './suggest.ts'

/** Songs in ChordPro: kept, derived and found by the database. */
export interface Songs {
  /** Adds a song of one's own. See {@link createSong}. */
  create(song: NewSong, options?: CallOptions): Promise<Song>
  /** One song with its text. See {@link getSong}. */
  get(songId: string, options?: CallOptions): Promise<Song>
  /** Changes fields of one's own song. See {@link updateSong}. */
  update(songId: string, changes: SongChanges, options?: CallOptions): Promise<Song>
  /** Puts one's own song in the trash. See {@link deleteSong}. */
  delete(songId: string, options?: CallOptions): Promise<void>
  /** The songs that one may see, newest first. See {@link listSongs}. */
  list(options?: ListSongsOptions & CallOptions): Paged<SongSummary>
  /** Songs by words, values and chords, best first. See {@link searchSongs}. */
  search(query: string, options?: SearchSongsOptions & CallOptions): Paged<SongHit>
  /** How many songs a search finds, by value. See {@link songFacets}. */
  facets(query: string, options?: SongFilters & CallOptions): Promise<SongFacets>
  /** Titles and artists as one types. See {@link suggestSongs}. */
  suggest(prefix: string, options?: { limit?: number } & CallOptions): Promise<SongSuggestion[]>
}

/**
 * The songs domain alone.
 *
 * @example
 * ```ts
 * const songs = createSongs(createContext(supabase))
 * const { items } = await songs.search('corazon')
 * ```
 */
export function createSongs(context: Context): Songs {
  return {
    create: (song, options) => createSong(context, song, options),
    get: (songId, options) => getSong(context, songId, options),
    update: (songId, changes, options) => updateSong(context, songId, changes, options),
    delete: (songId, options) => deleteSong(context, songId, options),
    list: (options) => listSongs(context, options),
    search: (query, options) => searchSongs(context, query, options),
    facets: (query, options) => songFacets(context, query, options),
    suggest: (prefix, options) => suggestSongs(context, prefix, options),
  }
}
