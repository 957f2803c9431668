import { bind } from '../core/bind.ts'
import type { Context } from '../core/context.ts'
import type { Paged, PageOptions } from '../core/page.ts'
import type { CallOptions } from '../core/run.ts'
import { createSong } from './create.ts'
import { deleteSong } from './delete.ts'
import { type SongFacets, songFacets } from './facets.ts'
import { favoriteSong, listFavorites, unfavoriteSong } from './favorites.ts'
import type { NewSong, SongChanges } from './fields.ts'
import type { SongFilters } from './filters.ts'
import { getSong } from './get.ts'
import { getVersion, listVersions, restoreVersion, type SongSnapshot, type SongVersion } from './history.ts'
import { type ImportedSong, importSongs } from './import.ts'
import { type ListSongsOptions, listSongs } from './list.ts'
import { listTagCategories, type TagCategory } from './list-tag-categories.ts'
import { type Recommendation, recommendSongs } from './recommend.ts'
import type { Song, SongSummary } from './schema.ts'
import { type SearchSongsOptions, type SongHit, type SongSearchPage, searchSongs } from './search.ts'
import { type SimilarSong, similarSongs } from './similar.ts'
import { type SongSuggestion, suggestSongs } from './suggest.ts'
import {
  listTags,
  type SongTag,
  type SongTagSuggestion,
  type SuggestSongTagsOptions,
  suggestTags,
  tagSong,
  untagSong,
} from './tags.ts'
import { type DeletedSong, listTrash, purgeSong, restoreSong } from './trash.ts'
import { type UpdateSongOptions, updateSong } from './update.ts'
import { type WatchedSong, watchSong } from './watch.ts'

export type { AnySupabaseClient, Context, OperationReport, TertuliaOptions } from '../core/context.ts'
export { createContext } from '../core/create-context.ts'
export { isTertuliaError, TertuliaError } from '../core/error.ts'
export type { ErrorCode } from '../core/error-codes.ts'
export type { Page, Paged, PageOptions } from '../core/page.ts'
export type { CallOptions } from '../core/run.ts'
export type { CloseReason, LiveHandle, LiveState, LiveStatus } from '../live/types.ts'
export type { SongFacet, SongFacets } from './facets.ts'
export type { NewSong, SongChanges, SongFields } from './fields.ts'
export type { SongFilters, Span } from './filters.ts'
export type { SongSnapshot, SongVersion } from './history.ts'
export type { ImportedSong } from './import.ts'
export type { ListSongsOptions } from './list.ts'
export type { TagCategory } from './list-tag-categories.ts'
export type { Recommendation } from './recommend.ts'
export type { Song, SongChord, SongSummary, SongVisibility } from './schema.ts'
export type { Range, SearchSongsOptions, SongHit, SongSearchPage } from './search.ts'
export type { SimilarSong } from './similar.ts'
export type { SongSuggestion } from './suggest.ts'
export type { SongTag, SongTagSuggestion, SuggestSongTagsOptions } from './tags.ts'
export type { DeletedSong } from './trash.ts'
export { isVersionConflict, type UpdateSongOptions, type VersionConflict } from './update.ts'
export type { WatchedSong, WatchedSongSnapshot } from './watch.ts'

/** Songs in ChordPro: kept, derived and found by the database. */
export interface Songs {
  /** Adds a song of one's own. See {@link createSong}. */
  create(song: NewSong, options?: CallOptions): Promise<Song>
  /** One song with its text. See {@link getSong}. */
  get(songId: string, options?: CallOptions): Promise<Song>
  /** Changes fields of a song that one may edit. See {@link updateSong}. */
  update(songId: string, changes: SongChanges, options?: UpdateSongOptions): Promise<Song>
  /** Keeps a song as the database has it. See {@link watchSong}. */
  watch(songId: string): WatchedSong
  /** Who changed what and when. See {@link listVersions}. */
  listVersions(songId: string, options?: PageOptions & CallOptions): Paged<SongVersion>
  /** A song as it was. See {@link getVersion}. */
  getVersion(songId: string, version: number, options?: CallOptions): Promise<SongSnapshot>
  /** Makes a song again what it was. See {@link restoreVersion}. */
  restoreVersion(songId: string, version: number, options?: CallOptions): Promise<Song>
  /** Puts one's own song in the trash. See {@link deleteSong}. */
  delete(songId: string, options?: CallOptions): Promise<void>
  /** The songs that one may see, newest first. See {@link listSongs}. */
  list(options?: ListSongsOptions & CallOptions): Paged<SongSummary>
  /** Songs by words, values and chords, best first. See {@link searchSongs}. */
  search(
    query: string,
    options?: SearchSongsOptions & CallOptions,
  ): Promise<SongSearchPage> & AsyncIterable<SongHit>
  /** How many songs a search finds, by value. See {@link songFacets}. */
  facets(query: string, options?: SongFilters & CallOptions): Promise<SongFacets>
  /** Titles and artists as one types. See {@link suggestSongs}. */
  suggest(prefix: string, options?: { limit?: number } & CallOptions): Promise<SongSuggestion[]>
  /** Adds many songs, each saved or refused by itself. See {@link importSongs}. */
  import(songs: NewSong[], options?: CallOptions): Promise<ImportedSong[]>
  /** One's own songs in the trash. See {@link listTrash}. */
  listTrash(options?: PageOptions & CallOptions): Paged<DeletedSong>
  /** Takes one's own song out of the trash. See {@link restoreSong}. */
  restore(songId: string, options?: CallOptions): Promise<Song>
  /** Removes one's own song from the trash for good. See {@link purgeSong}. */
  purge(songId: string, options?: CallOptions): Promise<void>
  /** Makes a song a favourite. See {@link favoriteSong}. */
  favorite(songId: string, options?: CallOptions): Promise<void>
  /** Makes a song no favourite any more. See {@link unfavoriteSong}. */
  unfavorite(songId: string, options?: CallOptions): Promise<void>
  /** One's own favourites, the latest first. See {@link listFavorites}. */
  listFavorites(options?: PageOptions & CallOptions): Paged<SongSummary>
  /** Gives tags to a song that one may edit. See {@link tagSong}. */
  tag(songId: string, tags: string[], options?: { category?: string } & CallOptions): Promise<SongTag[]>
  /** Takes tags from a song that one may edit. See {@link untagSong}. */
  untag(songId: string, tags: string[], options?: CallOptions): Promise<void>
  /** The tags of a song. See {@link listTags}. */
  listTags(songId: string, options?: CallOptions): Promise<SongTag[]>
  /** What tags can be about. See {@link listTagCategories}. */
  listTagCategories(options?: CallOptions): Promise<TagCategory[]>
  /** Tags that begin so. See {@link suggestTags}. */
  suggestTags(beginning: string, options?: SuggestSongTagsOptions): Promise<SongTagSuggestion[]>
  /** Songs like another one. See {@link similarSongs}. */
  similar(songId: string, options?: { limit?: number } & CallOptions): Promise<SimilarSong[]>
  /** Songs that one may like, and why. See {@link recommendSongs}. */
  recommend(options?: { limit?: number } & CallOptions): Promise<Recommendation[]>
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
  return bind(context, {
    create: createSong,
    get: getSong,
    update: updateSong,
    watch: watchSong,
    listVersions,
    getVersion,
    restoreVersion,
    delete: deleteSong,
    list: listSongs,
    search: searchSongs,
    facets: songFacets,
    suggest: suggestSongs,
    import: importSongs,
    listTrash,
    restore: restoreSong,
    purge: purgeSong,
    favorite: favoriteSong,
    unfavorite: unfavoriteSong,
    listFavorites,
    tag: tagSong,
    untag: untagSong,
    listTags,
    listTagCategories,
    suggestTags,
    similar: similarSongs,
    recommend: recommendSongs,
  })
}
