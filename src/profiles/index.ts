import { bind } from '../core/bind.ts'
import type { Context } from '../core/context.ts'
import type { Paged, PageOptions } from '../core/page.ts'
import type { CallOptions } from '../core/run.ts'
import { deleteAccount, type ExportedRow, exportAccount } from './account.ts'
import { type AvatarFile, removeAvatar, setAvatar } from './avatar.ts'
import type { ProfileChanges } from './changes.ts'
import { getProfile } from './get.ts'
import { listProfiles } from './list.ts'
import type { Profile } from './schema.ts'
import { type ProfilePage, type SearchProfilesOptions, searchProfiles } from './search.ts'
import {
  type SoftwareSuggestion,
  type SuggestOptions,
  type SuggestTagsOptions,
  suggestSoftware,
  suggestTags,
  type TagSuggestion,
} from './suggest.ts'
import { updateProfile } from './update.ts'

export type { AnySupabaseClient, Context, OperationReport, TertuliaOptions } from '../core/context.ts'
export { createContext } from '../core/create-context.ts'
export { isTertuliaError, TertuliaError } from '../core/error.ts'
export type { ErrorCode } from '../core/error-codes.ts'
export type { Page, Paged, PageOptions } from '../core/page.ts'
export type { CallOptions } from '../core/run.ts'
export type { ExportedRow } from './account.ts'
export type { AvatarFile } from './avatar.ts'
export type { ProfileChanges } from './changes.ts'
export type { Profile, ProfileLink, ProfileTag, Rate, RateTier, RateUnit } from './schema.ts'
export type {
  FacetCount,
  ProfileFacets,
  ProfileFilters,
  ProfilePage,
  ProfileSort,
  SearchProfilesOptions,
} from './search.ts'
export type { SoftwareSuggestion, SuggestOptions, SuggestTagsOptions, TagSuggestion } from './suggest.ts'

/** People: one's own profile and everybody's. */
export interface Profiles {
  /** Somebody's profile, or without an id one's own. See {@link getProfile}. */
  get(userId?: string, options?: CallOptions): Promise<Profile>
  /** Changes the named fields of one's own profile. See {@link updateProfile}. */
  update(changes: ProfileChanges, options?: CallOptions): Promise<Profile>
  /** Everybody's profiles. See {@link listProfiles}. */
  list(options?: PageOptions & CallOptions): Paged<Profile>
  /** The directory: people by words and filters. See {@link searchProfiles}. */
  search(
    query: string,
    options?: SearchProfilesOptions & CallOptions,
  ): Promise<ProfilePage> & AsyncIterable<Profile>
  /** Programs while somebody types. See {@link suggestSoftware}. */
  suggestSoftware(query: string, options?: SuggestOptions): Promise<SoftwareSuggestion[]>
  /** Tags while somebody types. See {@link suggestTags}. */
  suggestTags(query: string, options?: SuggestTagsOptions): Promise<TagSuggestion[]>
  /** Makes a picture one's own. See {@link setAvatar}. */
  setAvatar(file: AvatarFile, options?: CallOptions): Promise<string>
  /** Removes one's picture. See {@link removeAvatar}. */
  removeAvatar(options?: CallOptions): Promise<void>
  /** One's own data. See {@link exportAccount}. */
  exportAccount(options?: PageOptions & CallOptions): Paged<ExportedRow>
  /** Deletes one's account for good. See {@link deleteAccount}. */
  deleteAccount(options?: CallOptions): Promise<void>
}

/**
 * The profiles domain alone.
 *
 * @example
 * ```ts
 * const profiles = createProfiles(createContext(supabase))
 * const me = await profiles.get()
 * ```
 */
export function createProfiles(context: Context): Profiles {
  return bind(context, {
    get: getProfile,
    update: updateProfile,
    list: listProfiles,
    search: searchProfiles,
    suggestSoftware,
    suggestTags,
    setAvatar,
    removeAvatar,
    exportAccount,
    deleteAccount,
  })
}
