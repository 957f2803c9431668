import { bind } from '../core/bind.ts'
import type { Context } from '../core/context.ts'
import { onUserChange } from '../core/identity.ts'
import type { UserChanges } from '../live/types.ts'
import type { SongEditing } from './calls/editing.ts'
import type { SongFinding } from './calls/finding.ts'
import type { SongKeeping } from './calls/keeping.ts'
import { createSong } from './create.ts'
import { deleteSong } from './delete.ts'
import { songFacets } from './facets.ts'
import { favoriteSong, listFavorites, unfavoriteSong } from './favorites.ts'
import { getSong } from './get.ts'
import { getVersion, listVersions, restoreVersion } from './history.ts'
import { importSongs } from './import.ts'
import { listSongs } from './list.ts'
import { listTagCategories } from './list-tag-categories.ts'
import { recommendSongs } from './recommend.ts'
import { searchSongs } from './search.ts'
import { similarSongs } from './similar.ts'
import { suggestSongs } from './suggest.ts'
import { listTags, suggestTags, tagSong, untagSong } from './tags.ts'
import { listTrash, purgeSong, restoreSong } from './trash.ts'
import { updateSong } from './update.ts'
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
export type { CountSongsOptions, SongFacets } from './facets.ts'
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
