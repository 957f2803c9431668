import { bind } from '../core/bind.ts'
import type { Context } from '../core/context.ts'
import { onUserChange } from '../core/identity.ts'
import type { UserChanges } from '../live/types.ts'
import { getVersion, listVersions, restoreVersion } from './history/history.ts'
import type { SongFinding } from './search/calls.ts'
import { songFacets } from './search/facets.ts'
import { recommendSongs } from './search/recommend.ts'
import { searchSongs } from './search/search.ts'
import { similarSongs } from './search/similar.ts'
import { suggestSongs } from './search/suggest.ts'
import { createSong } from './songs/create.ts'
import { deleteSong } from './songs/delete.ts'
import type { SongEditing } from './songs/editing-calls.ts'
import { favoriteSong, listFavorites, unfavoriteSong } from './songs/favorites.ts'
import { getSong } from './songs/get.ts'
import { importSongs } from './songs/import.ts'
import type { SongKeeping } from './songs/keeping-calls.ts'
import { listSongs } from './songs/list.ts'
import { listTrash, purgeSong, restoreSong } from './songs/trash.ts'
import { updateSong } from './songs/update.ts'
import { listTagCategories } from './tags/list-tag-categories.ts'
import { listTags, suggestTags, tagSong, untagSong } from './tags/tags.ts'
import { watchSong } from './watch.ts'

export type { AnySupabaseClient, Context, OperationReport, TertuliaOptions } from '../core/context.ts'
export { createContext } from '../core/create-context.ts'
export { isTertuliaError, TertuliaError } from '../core/error.ts'
export type { ErrorCode } from '../core/error-codes.ts'
export type { Facet } from '../core/facet.ts'
export type { Page, Paged, PageOptions } from '../core/page.ts'
export type { Person } from '../core/person.ts'
export type { CallOptions } from '../core/run.ts'
export type { CloseReason, LiveHandle, LiveState, LiveStatus, UserChanges } from '../live/types.ts'
export type { SongSnapshot, SongVersion } from './history/history.ts'
export type { Song, SongChord, SongSummary, SongVisibility } from './schema.ts'
export type { CountSongsOptions, SongFacets } from './search/facets.ts'
export type { SongFilters, Span } from './search/filters.ts'
export type { Recommendation } from './search/recommend.ts'
export type { Range, SearchSongsOptions, SongHit, SongSearchPage, SongSort } from './search/search.ts'
export type { SimilarSong } from './search/similar.ts'
export type { SongSuggestion } from './search/suggest.ts'
export type { NewSong, SongChanges, SongFields } from './songs/fields.ts'
export type { ImportedSong } from './songs/import.ts'
export type { ListSongsOptions } from './songs/list.ts'
export type { DeletedSong } from './songs/trash.ts'
export { isVersionConflict, type UpdateSongOptions, type VersionConflict } from './songs/update.ts'
export type { TagCategory } from './tags/list-tag-categories.ts'
export type { SongTag, SongTagSuggestion, SuggestSongTagsOptions } from './tags/tags.ts'
export type { WatchedSong, WatchedSongSnapshot } from './watch.ts'

/** Songs in ChordPro. The database derives lyrics, chords and metadata from each text, and searches them. */
export interface Songs extends UserChanges, SongEditing, SongFinding, SongKeeping {}

/**
 * Creates the songs domain alone, which is smaller in a bundle than the whole client.
 *
 * @param context - From `createContext`. Domains on one context share a connection.
 * @example
 * ```ts
 * const songs = createSongs(createContext(supabase))
 * const { items } = await songs.search('corazon')
 * ```
 */
export function createSongs(context: Context): Songs {
  return bind(context, {
    onUserChange,
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
