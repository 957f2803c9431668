import { bind } from '../core/bind.ts'
import type { Context } from '../core/context.ts'
import { onUserChange } from '../core/identity.ts'
import type { Paged, PageOptions } from '../core/page.ts'
import type { CallOptions } from '../core/run.ts'
import type { UserChanges } from '../live/types.ts'
import { listProfiles } from './directory/list.ts'
import { type ProfilePage, type SearchProfilesOptions, searchProfiles } from './directory/search.ts'
import {
  type SoftwareSuggestion,
  type SuggestOptions,
  type SuggestTagsOptions,
  suggestSoftware,
  suggestTags,
  type TagSuggestion,
} from './directory/suggest.ts'
import type { FollowCalls } from './follows/calls.ts'
import { followUser, getFollows, listFollowers, listFollowing, unfollowUser } from './follows/follows.ts'
import { deleteAccount, type ExportedRow, exportAccount } from './profile/account.ts'
import { type AvatarFile, removeAvatar, setAvatar } from './profile/avatar.ts'
import type { ProfileChanges } from './profile/changes.ts'
import { getProfile } from './profile/get.ts'
import { updateProfile } from './profile/update.ts'
import type { Profile } from './schema.ts'

export type { AnySupabaseClient, Context, OperationReport, TertuliaOptions } from '../core/context.ts'
export { createContext } from '../core/create-context.ts'
export { isTertuliaError, TertuliaError } from '../core/error.ts'
export type { ErrorCode } from '../core/error-codes.ts'
export type { Facet } from '../core/facet.ts'
export type { Page, Paged, PageOptions } from '../core/page.ts'
export type { Person } from '../core/person.ts'
export type { CallOptions } from '../core/run.ts'
export type { UserChanges } from '../live/types.ts'
export type {
  ProfileFacets,
  ProfileFilters,
  ProfilePage,
  ProfileSort,
  SearchProfilesOptions,
} from './directory/search.ts'
export type {
  SoftwareSuggestion,
  SuggestOptions,
  SuggestTagsOptions,
  TagSuggestion,
} from './directory/suggest.ts'
export type { FollowedPerson, Follows } from './follows/follows.ts'
export type { ExportedRow } from './profile/account.ts'
export type { AvatarFile } from './profile/avatar.ts'
export type { ProfileChanges } from './profile/changes.ts'
export type { Profile, ProfileLink, ProfileTag, Rate, RateTier, RateUnit } from './schema.ts'

/** Profiles of users: your own, other users' and the directory that searches them. */
export interface Profiles extends UserChanges, FollowCalls {
  /**
   * Returns a user's whole profile, or your own without an id. Your own is created when your account has none yet.
   *
   * @param userId - The user's id; leave it out for your own profile.
   * @throws `profile_not_found`, also for an unlisted profile of a user with whom you share neither a conversation nor a song;
   * `account_not_found` when your own account was deleted; `invalid_input` for an id that is not a UUID;
   * `not_signed_in`.
   * @example
   * ```ts
   * const mine = await tertulia.profiles.get()
   * const theirs = await tertulia.profiles.get(ben.id)
   * ```
   */
  get(userId?: string, options?: CallOptions): Promise<Profile>
  /**
   * Changes fields and parts of your profile, all of them or none. A part (rates, software, tags, …) is replaced as a whole. Parts that you
   * leave out stay, also when two devices change different parts at once.
   *
   * @param changes - The fields to change, with the limits of `ProfileChanges`.
   * @returns The whole profile after the change.
   * @throws `handle_taken` for a handle that is taken or reserved; `invalid_input` with `field`, such as `rates.basic.currency` or
   * `links.0.url`; `rate_limited` after 5 changes of the handle in 30 days, 30 of name or picture in an hour, or 300 new names of
   * software and tags in a day; `account_not_found`; `not_signed_in`.
   * @example
   * ```ts
   * await tertulia.profiles.update({
   *   displayName: 'Ana Ruiz',
   *   country: 'CL',
   *   professionalTypes: ['Editor', 'Videógrafa'],
   *   rates: { basic: { amount: 2500, currency: 'USD', unit: 'hour' } },
   *   software: ['DaVinci Resolve'],
   *   tags: [{ name: 'Color grading', kind: 'specialty' }],
   * })
   * ```
   */
  update(changes: ProfileChanges, options?: CallOptions): Promise<Profile>
  /**
   * Lists all listed profiles, ordered by id, a page at a time. Deleted accounts are left out.
   *
   * @param options - `limit` per page: 1 to 200, default 50. `cursor`: the `nextCursor` of the page before.
   * @throws `invalid_input`, `invalid_cursor`, `rate_limited` after 20,000 profiles in an hour, `not_signed_in`.
   * @example
   * ```ts
   * const { items, nextCursor } = await tertulia.profiles.list({ limit: 20 })
   * for await (const profile of tertulia.profiles.list()) console.log(profile.handle)
   * ```
   */
  list(options?: PageOptions & CallOptions): Paged<Profile>
  /**
   * Searches the directory: profiles that have every word of the query in name, handle, bio, professional types, software or tags, and
   * that pass the filters. The last word is a prefix. Case and accents are ignored. With fewer than five matches, profiles with similar
   * words follow, `similar` is true, and `didYouMean` has the corrected query.
   *
   * When more than 2,000 profiles match, they are ordered by profile completeness, and counts are estimates. A page may then have fewer
   * profiles than `limit`, even none, and a `nextCursor`. Pages repeat and skip no profile that does not change meanwhile.
   *
   * @param query - At most 200 characters; `''` finds every profile that passes the filters.
   * @param options - `filters` and `sort`. `limit` per page: 1 to 200, default 50. `cursor`: the `nextCursor` of the page before.
   * @returns A page, which `for await` walks with all that follow. The first one has `counts` with total and facets.
   * @throws `invalid_input` with `field`; `invalid_cursor`, also for the cursor of another search; `rate_limited` after 20,000 profiles in
   * an hour; `not_signed_in`.
   * @example
   * ```ts
   * const { items, counts } = await tertulia.profiles.search('color documental', {
   *   filters: { countries: ['CL', 'AR'], rate: { tier: 'basic', currency: 'USD', max: 5000 } },
   *   sort: 'rate',
   * })
   * ```
   */
  search(
    query: string,
    options?: SearchProfilesOptions & CallOptions,
  ): Promise<ProfilePage> & AsyncIterable<Profile>
  /**
   * Suggests names of software while a user types: names with a word that begins with the text, the most used first; similar names when
   * there is none. Case, accents and what separates words are ignored: `pro t` suggests "Pro-Tools".
   *
   * @param prefix - What the user has typed so far, at most 80 characters.
   * @param options - `limit`: 1 to 50 suggestions, default 10.
   * @throws `invalid_input`, `not_signed_in`.
   * @example
   * ```ts
   * const [first] = await tertulia.profiles.suggestSoftware('prem')
   * ```
   */
  suggestSoftware(prefix: string, options?: SuggestOptions): Promise<SoftwareSuggestion[]>
  /**
   * Suggests tags while a user types, of one kind or any: names with a word that begins with the text, the most used first; similar
   * names when there is none. Case and accents are ignored.
   *
   * @param prefix - What the user has typed so far, at most 80 characters.
   * @param options - `kind`: only tags of that kind, such as `profession`. `limit`: 1 to 50 suggestions, default 10.
   * @throws `invalid_input`, `not_signed_in`.
   * @example
   * ```ts
   * const types = await tertulia.profiles.suggestTags('vide', { kind: 'profession' })
   * ```
   */
  suggestTags(prefix: string, options?: SuggestTagsOptions): Promise<TagSuggestion[]>
  /**
   * Uploads a picture and sets it as your profile picture. The file of the picture before is removed. Its URL is public.
   *
   * @param file - PNG, JPEG, WebP, GIF or AVIF of at most 2 MiB. The type is read from the first bytes.
   * @returns The picture's public URL, which is different for each picture.
   * @throws `invalid_input` with field `avatar` for another type or size, `rate_limited` after 30 changes of name or picture in an hour,
   * `account_not_found`, `not_signed_in`.
   * @example
   * ```ts
   * const avatarUrl = await tertulia.profiles.setAvatar(file)
   * ```
   */
  setAvatar(file: AvatarFile, options?: CallOptions): Promise<string>
  /**
   * Removes your profile picture and its file. Does nothing if you have none.
   *
   * @throws `rate_limited` after 30 changes of name or picture in an hour, `account_not_found`, `not_signed_in`.
   * @example
   * ```ts
   * await tertulia.profiles.removeAvatar()
   * ```
   */
  removeAvatar(options?: CallOptions): Promise<void>
  /**
   * Exports your data row by row: account, profile, memberships in conversations, messages sent, reactions, blocks, followed users, reports, songs,
   * favourites. Large rows make a page shorter than `limit`.
   *
   * @param options - `limit` per page: 1 to 200, default 50. `cursor`: the `nextCursor` of the page before.
   * @throws `account_not_found`, `invalid_input`, `invalid_cursor`, `not_signed_in`.
   * @example
   * ```ts
   * const rows = []
   * for await (const row of tertulia.profiles.exportAccount()) rows.push(row)
   * const exported = new Blob([JSON.stringify(rows, null, 2)], { type: 'application/json' })
   * ```
   */
  exportAccount(options?: PageOptions & CallOptions): Paged<ExportedRow>
  /**
   * Permanently deletes your account and signs out on this device. Identity, sessions, profile, picture and songs are removed. Conversations
   * of other users keep their positions, with your messages emptied. Ask the user first: nothing can be restored.
   *
   * @throws `account_in_use` when a table of your app refers to the account and has no `on delete` rule, `account_not_found`,
   * `not_signed_in`.
   * @example
   * ```ts
   * if (confirm('Delete your account for good?')) await tertulia.profiles.deleteAccount()
   * ```
   */
  deleteAccount(options?: CallOptions): Promise<void>
}

/**
 * Creates the profiles domain alone, which is smaller in a bundle than the whole client.
 *
 * @param context - From `createContext`. Domains on one context share a connection.
 * @example
 * ```ts
 * const profiles = createProfiles(createContext(supabase))
 * const me = await profiles.get()
 * ```
 */
export function createProfiles(context: Context): Profiles {
  return bind(context, {
    onUserChange,
    get: getProfile,
    update: updateProfile,
    list: listProfiles,
    search: searchProfiles,
    suggestSoftware,
    suggestTags,
    setAvatar,
    removeAvatar,
    follow: followUser,
    unfollow: unfollowUser,
    getFollows,
    listFollowers,
    listFollowing,
    exportAccount,
    deleteAccount,
  })
}
