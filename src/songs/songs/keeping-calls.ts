import type { Paged, PageOptions } from '../../core/page.ts'
import type { CallOptions } from '../../core/run.ts'
import type { SongSnapshot, SongVersion } from '../history/history.ts'
import type { Song, SongSummary } from '../schema.ts'
import type { TagCategory } from '../tags/list-tag-categories.ts'
import type { SongTag, SongTagSuggestion, SuggestSongTagsOptions } from '../tags/tags.ts'

/** Calls about a song's history, its tags and your favourites. */
export interface SongKeeping {
  /**
   * Lists the versions of a song, the latest first, a page at a time: who changed which fields, and when. The song's owner, admins and
   * editors can read them. The upkeep jobs thin out old versions.
   *
   * @param songId - The song's id.
   * @param options - `limit` per page: 1 to 200, default 50. `cursor`: the `nextCursor` of the page before.
   * @throws `song_not_found` without a role in the song, `forbidden` for a viewer, `invalid_input`, `invalid_cursor`, `not_signed_in`.
   * @example
   * ```ts
   * for await (const { version, changedBy } of tertulia.songs.listVersions(song.id)) console.log(version, changedBy?.handle)
   * ```
   */
  listVersions(songId: string, options?: PageOptions & CallOptions): Paged<SongVersion>
  /**
   * Returns a song as it was at a version, with its text and tags. For the song's owner, admins and editors.
   *
   * @param songId - The song's id.
   * @param version - From 1.
   * @throws `version_not_found`, also for a version that upkeep removed; `song_not_found` without a role in the song; `forbidden` for a
   * viewer; `invalid_input`; `not_signed_in`.
   * @example
   * ```ts
   * const before = await tertulia.songs.getVersion(song.id, song.version - 1)
   * ```
   */
  getVersion(songId: string, version: number, options?: CallOptions): Promise<SongSnapshot>
  /**
   * Restores every field and the tags of an earlier version, as a new version: the history keeps all versions. Owner and visibility do
   * not change. For the song's owner, admins and editors.
   *
   * @param songId - The song's id.
   * @param version - From 1.
   * @returns The song after the change.
   * @throws `version_not_found`; `song_not_found` without a role in the song; `forbidden` for a viewer; `invalid_input`; `rate_limited`
   * after 3,000 changes or 50 MiB in a day; `not_signed_in`.
   * @example
   * ```ts
   * await tertulia.songs.restoreVersion(song.id, 3)
   * ```
   */
  restoreVersion(songId: string, version: number, options?: CallOptions): Promise<Song>
  /**
   * Adds a song that you may see to your favourites. Other users do not see your favourites. Does nothing if it is one already.
   *
   * @param songId - The song's id.
   * @throws `song_not_found` when you may not see the song, `invalid_input` for an id that is not a UUID, `not_signed_in`.
   * @example
   * ```ts
   * await tertulia.songs.favorite(song.id)
   * ```
   */
  favorite(songId: string, options?: CallOptions): Promise<void>
  /**
   * Removes a song from your favourites. Does nothing if it is not one.
   *
   * @param songId - The song's id.
   * @throws `invalid_input` for an id that is not a UUID, `not_signed_in`.
   * @example
   * ```ts
   * await tertulia.songs.unfavorite(song.id)
   * ```
   */
  unfavorite(songId: string, options?: CallOptions): Promise<void>
  /**
   * Lists your favourites, the latest first, a page at a time. A favourite that you may no longer see is left out until you may again.
   *
   * @param options - `limit` per page: 1 to 200, default 50. `cursor`: the `nextCursor` of the page before.
   * @throws `invalid_input`, `invalid_cursor`, `not_signed_in`.
   * @example
   * ```ts
   * for await (const { title } of tertulia.songs.listFavorites()) console.log(title)
   * ```
   */
  listFavorites(options?: PageOptions & CallOptions): Paged<SongSummary>
  /**
   * Adds tags to a song, all of them or none. Its owner, admins and editors can do this. `Navidad` and `NAVIDAD` are the same tag: a
   * song has each once, with the latest spelling, and at most 100.
   *
   * @param songId - The song's id.
   * @param tags - 1 to 50 tags of 1 to 80 characters.
   * @param options - `category`: what the tags are about; a tag keeps the category that it has when you leave it out.
   * @returns All tags of the song, ordered by name.
   * @throws `song_not_found` without a role in the song; `forbidden` for a viewer; `invalid_input` with field `tags`, or `category` for an
   * unknown one and for `genre`, `style` and `difficulty`, which are fields of the song; `rate_limited` after 3,000 changes of songs or 300
   * new tag names in a day; `not_signed_in`.
   * @example
   * ```ts
   * await tertulia.songs.tag(song.id, ['Navidad'], { category: 'occasion' })
   * ```
   */
  tag(
    songId: string,
    tags: string[],
    options?: {
      /** A name of `listTagCategories`. */
      category?: string | undefined
    } & CallOptions,
  ): Promise<SongTag[]>
  /**
   * Removes tags from a song. Its owner, admins and editors can do this. Ignores tags that the song does not have, and tags that the
   * service gave.
   *
   * @param songId - The song's id.
   * @param tags - 1 to 50 tags, in any spelling.
   * @throws `song_not_found` without a role in the song, `forbidden` for a viewer, `invalid_input` with field `tags`, `rate_limited` after
   * 3,000 changes of songs in a day, `not_signed_in`.
   * @example
   * ```ts
   * await tertulia.songs.untag(song.id, ['navidad'])
   * ```
   */
  untag(songId: string, tags: string[], options?: CallOptions): Promise<void>
  /**
   * Lists the tags of a song, ordered by name. The list is empty for a song that you may not see.
   *
   * @param songId - The song's id.
   * @throws `invalid_input` for an id that is not a UUID.
   * @example
   * ```ts
   * const tags = await tertulia.songs.listTags(song.id)
   * ```
   */
  listTags(songId: string, options?: CallOptions): Promise<SongTag[]>
  /**
   * Lists the categories that tags can have, ordered by name: those of the schema and those that your service added. `genre`, `style`
   * and `difficulty` are listed too, but they are fields of a song, so a tag of them is refused.
   *
   * @throws `invalid_input` for an unknown option.
   * @example
   * ```ts
   * const mood = (await tertulia.songs.listTagCategories()).find(({ name }) => name === 'mood')
   * ```
   */
  listTagCategories(options?: CallOptions): Promise<TagCategory[]>
  /**
   * Suggests tags while a user types, the most used first, from public songs and the user's own. Case and accents are ignored.
   *
   * @param prefix - At most 80 characters; empty for the most used tags of all.
   * @param options - `category`: only tags of that category. `limit`: 1 to 50 tags, default 10.
   * @throws `invalid_input`, `not_signed_in`.
   * @example
   * ```ts
   * const [first] = await tertulia.songs.suggestTags('nav', { category: 'occasion' })
   * ```
   */
  suggestTags(prefix: string, options?: SuggestSongTagsOptions): Promise<SongTagSuggestion[]>
}
