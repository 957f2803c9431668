import type { Paged, PageOptions } from '../../core/page.ts'
import type { CallOptions } from '../../core/run.ts'
import type { UserChanges } from '../../live/types.ts'
import type { Song } from '../schema.ts'
import type { NewSetlist, SetlistFields, WatchedSetlist } from './operations.ts'
import type { EntryFields, NewEntry, Setlist, SetlistSummary, SetlistVersion } from './schema.ts'

/** Setlists: songs in an order, each with its own key, capo, tempo and note. `tertulia.sharing` shares them. */
export interface Setlists extends UserChanges {
  /**
   * Creates a setlist of your own. It is private until you share it.
   *
   * @param setlist - `title` has 1 to 255 characters; at most 200 `entries`, of songs that you may see.
   * @returns The setlist with its entries.
   * @throws `song_not_found` for a song that you may not see; `too_many_entries`; `invalid_input`; `rate_limited` after 200 setlists in a
   * day; `not_signed_in`.
   * @example
   * ```ts
   * const friday = await setlists.create({ title: 'Friday', entries: [{ songId: song.id, key: 'D', capo: 2 }] })
   * ```
   */
  create(setlist: NewSetlist, options?: CallOptions): Promise<Setlist>
  /**
   * Returns a setlist with its entries in one request. For users with a role in it; public setlists are for everybody.
   *
   * An entry of a song that you may not see has only the title that the song had when it was added.
   *
   * @param setlistId - The setlist's id.
   * @param options - `withTexts`: whole songs with their texts instead of summaries.
   * @throws `setlist_not_found`, `invalid_input`.
   * @example
   * ```ts
   * const { entries } = await setlists.get(setlist.id, { withTexts: true })
   * const texts = entries.map(({ song }) => song?.content ?? '')
   * ```
   */
  get(
    setlistId: string,
    options: {
      /** Whole songs with their texts instead of summaries. */
      withTexts: true
    } & CallOptions,
  ): Promise<Setlist<Song>>
  get(setlistId: string, options?: { withTexts?: false | undefined } & CallOptions): Promise<Setlist>
  /**
   * Lists the setlists in which you have a role, the newest first, a page at a time.
   *
   * @param options - `limit` per page: 1 to 200, default 50. `cursor`: the `nextCursor` of the page before.
   * @throws `invalid_input`, `invalid_cursor`, `not_signed_in`.
   * @example
   * ```ts
   * for await (const { title, entryCount } of setlists.list()) console.log(title, entryCount)
   * ```
   */
  list(options?: PageOptions & CallOptions): Paged<SetlistSummary>
  /**
   * Changes title, note or visibility. For the owner, admins and editors; only the owner changes `visibility`.
   *
   * @param setlistId - The setlist's id.
   * @param changes - The fields to change.
   * @param options - `expectedVersion`: save only if the setlist still has this version.
   * @throws `version_conflict`; `setlist_not_found` without a role in it; `forbidden`; `invalid_input`; `rate_limited` after 3,000 changes
   * of setlists in a day; `not_signed_in`.
   * @example
   * ```ts
   * await setlists.update(setlist.id, { title: 'Friday, second set' })
   * ```
   */
  update(
    setlistId: string,
    changes: SetlistFields,
    options?: {
      /** Save only if the setlist still has this version; otherwise throw `version_conflict`. */
      expectedVersion?: number | undefined
    } & CallOptions,
  ): Promise<Setlist>
  /**
   * Adds songs that you may see. Everybody who sees the setlist sees their titles. For the owner, admins and editors.
   *
   * @param setlistId - The setlist's id.
   * @param entries - The songs in their order. A setlist has at most 200 entries.
   * @param options - `before`: the id of the entry to insert them before; at the end by default, or when that entry is gone.
   * @throws `too_many_entries`; `song_not_found` for a song that you may not see; `setlist_not_found`; `forbidden`; `invalid_input`;
   * `rate_limited`; `not_signed_in`.
   * @example
   * ```ts
   * const first = setlist.entries[0]?.id
   * await setlists.add(setlist.id, [{ songId: song.id, note: 'Slow start' }], first ? { before: first } : {})
   * ```
   */
  add(
    setlistId: string,
    entries: NewEntry[],
    options?: {
      /** The id of the entry to insert them before. */
      before?: string | undefined
    } & CallOptions,
  ): Promise<Setlist>
  /**
   * Changes key, capo, tempo or note of an entry. The song stays as it is. For the owner, admins and editors.
   *
   * @param setlistId - The setlist's id.
   * @param entryId - The entry's id.
   * @param changes - The fields to change; null empties a field.
   * @throws `entry_not_found`, `setlist_not_found`, `forbidden`, `invalid_input`, `rate_limited`, `not_signed_in`.
   * @example
   * ```ts
   * for (const { id } of setlist.entries) await setlists.updateEntry(setlist.id, id, { capo: null })
   * ```
   */
  updateEntry(
    setlistId: string,
    entryId: string,
    changes: EntryFields,
    options?: CallOptions,
  ): Promise<Setlist>
  /**
   * Moves an entry before another one. Users who move entries at the same moment lose nothing: each move applies to the order of that
   * moment. For the owner, admins and editors.
   *
   * @param setlistId - The setlist's id.
   * @param entryId - The entry's id.
   * @param before - The id of the entry that comes after it. Null moves it to the end, and so does an entry that is gone.
   * @throws `entry_not_found`, `setlist_not_found`, `forbidden`, `invalid_input`, `rate_limited`, `not_signed_in`.
   * @example
   * ```ts
   * const [first] = setlist.entries
   * if (first) await setlists.move(setlist.id, first.id, null)
   * ```
   */
  move(setlistId: string, entryId: string, before: string | null, options?: CallOptions): Promise<Setlist>
  /**
   * Removes entries. The entries after them move up. An entry that is already gone is ignored. For the owner, admins and editors.
   *
   * @param setlistId - The setlist's id.
   * @param entryIds - The ids of the entries.
   * @throws `setlist_not_found`, `forbidden`, `invalid_input`, `rate_limited`, `not_signed_in`.
   * @example
   * ```ts
   * await setlists.remove(setlist.id, setlist.entries.filter(({ song }) => !song).map(({ id }) => id))
   * ```
   */
  remove(setlistId: string, entryIds: string[], options?: CallOptions): Promise<Setlist>
  /**
   * Copies a setlist that you may see, such as for next week. The copy is private and yours.
   *
   * @param setlistId - The setlist's id.
   * @param copy - `title`: of the copy; the same by default. `id`: a UUID; keep it when you retry.
   * @throws `setlist_not_found`, `invalid_input`, `rate_limited` after 200 setlists in a day, `not_signed_in`.
   * @example
   * ```ts
   * const nextWeek = await setlists.duplicate(setlist.id, { title: 'Next Friday' })
   * ```
   */
  duplicate(
    setlistId: string,
    copy?: {
      /** A UUID, created for you by default. */
      id?: string | undefined
      /** 1 to 255 characters. */
      title?: string | undefined
    },
    options?: CallOptions,
  ): Promise<Setlist>
  /**
   * Deletes a setlist of your own for good, with its shares and versions. Its songs stay.
   *
   * @param setlistId - The setlist's id.
   * @throws `setlist_not_found` without a role in it, `forbidden` when you are not the owner, `invalid_input`, `not_signed_in`.
   * @example
   * ```ts
   * await setlists.delete(setlist.id)
   * ```
   */
  delete(setlistId: string, options?: CallOptions): Promise<void>
  /**
   * Lists the versions of a setlist, the latest first, a page at a time; the newest 100 are kept. For the owner, admins and editors.
   *
   * @param setlistId - The setlist's id.
   * @param options - `limit` per page: 1 to 200, default 50. `cursor`: the `nextCursor` of the page before.
   * @throws `setlist_not_found` without a role in it, `forbidden` for a viewer, `invalid_input`, `invalid_cursor`, `not_signed_in`.
   * @example
   * ```ts
   * for await (const { version, titles } of setlists.listVersions(setlist.id)) console.log(version, titles)
   * ```
   */
  listVersions(setlistId: string, options?: PageOptions & CallOptions): Paged<SetlistVersion>
  /**
   * Restores title, note and entries of an earlier version, as a new version. Owner and visibility do not change. For the owner, admins
   * and editors.
   *
   * @param setlistId - The setlist's id.
   * @param version - From 1.
   * @throws `version_not_found`, `setlist_not_found`, `forbidden`, `invalid_input`, `rate_limited`, `not_signed_in`.
   * @example
   * ```ts
   * await setlists.restoreVersion(setlist.id, 3)
   * ```
   */
  restoreVersion(setlistId: string, version: number, options?: CallOptions): Promise<Setlist>
  /**
   * Holds a setlist live. A change of another user shows at once, and `others` holds the users who have it open. Failures show in the
   * snapshot's `error`. The handle closes with `removed` when the user loses the role or the setlist is deleted.
   *
   * @param setlistId - The setlist's id. You need a role in it.
   * @returns A handle that you close when you no longer need it.
   * @throws `invalid_input` for an id that is not a UUID.
   * @example
   * ```ts
   * const watched = setlists.watch(setlist.id)
   * const stop = watched.subscribe(() => console.log(watched.getSnapshot().setlist?.entries))
   * ```
   */
  watch(setlistId: string): WatchedSetlist
}
