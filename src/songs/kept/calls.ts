import type { LiveHandle } from '../../live/types.ts'
import type { Song } from '../schema.ts'
import type { Setlist } from '../setlists/schema.ts'
import type { SongChanges } from '../songs/fields.ts'
import type { KeptSnapshot, KeptSong, KeptSummary } from './schema.ts'

/**
 * Songs and setlists that the device keeps: they open and are found without a network. With one, what changed is fetched by version, and
 * what the user no longer sees is removed.
 */
export interface KeptSongs extends LiveHandle<KeptSnapshot> {
  /**
   * Keeps a song. Resolves once that is noted on the device; the text follows as soon as the database is reached.
   *
   * @param songId - The song's id.
   * @throws `unavailable` when the device's storage cannot be written, `invalid_input`, `not_signed_in`, `closed`.
   * @example
   * ```ts
   * await kept.keepSong(song.id)
   * ```
   */
  keepSong(songId: string): Promise<void>
  /**
   * Keeps a song no longer, unless it is a kept favourite or in a kept setlist.
   *
   * @param songId - The song's id.
   * @throws `unavailable`, `invalid_input`, `not_signed_in`, `closed`.
   * @example
   * ```ts
   * await kept.releaseSong(song.id)
   * ```
   */
  releaseSong(songId: string): Promise<void>
  /**
   * Keeps a setlist with all its songs that you may see.
   *
   * @param setlistId - The setlist's id.
   * @throws `unavailable`, `invalid_input`, `not_signed_in`, `closed`.
   * @example
   * ```ts
   * await kept.keepSetlist(setlist.id)
   * ```
   */
  keepSetlist(setlistId: string): Promise<void>
  /**
   * Keeps a setlist no longer.
   *
   * @param setlistId - The setlist's id.
   * @throws `unavailable`, `invalid_input`, `not_signed_in`, `closed`.
   * @example
   * ```ts
   * await kept.releaseSetlist(setlist.id)
   * ```
   */
  releaseSetlist(setlistId: string): Promise<void>
  /**
   * Keeps your favourites, also those that come later.
   *
   * @param isKept - False keeps them no longer. Default true.
   * @throws `unavailable`, `not_signed_in`, `closed`.
   * @example
   * ```ts
   * await kept.keepFavorites()
   * ```
   */
  keepFavorites(isKept?: boolean): Promise<void>
  /**
   * Returns the copy of a song, with unsaved changes in their place; null when the device does not keep it. Asks no server.
   *
   * @param songId - The song's id.
   * @throws `invalid_input`, `not_signed_in`.
   * @example
   * ```ts
   * import { parseChordPro, transpose } from 'tertulia/chordpro'
   *
   * const copy = await kept.getSong(song.id)
   * if (copy) console.log(transpose(parseChordPro(copy.content), 2))
   * ```
   */
  getSong(songId: string): Promise<KeptSong | null>
  /**
   * Returns the copy of a setlist with its songs; null when the device does not keep it. A song that is not on the device is null. Asks no
   * server.
   *
   * @param setlistId - The setlist's id.
   * @throws `invalid_input`, `not_signed_in`.
   * @example
   * ```ts
   * const tonight = await kept.getSetlist(setlist.id)
   * for (const { title, song } of tonight?.entries ?? []) console.log(title, song?.content)
   * ```
   */
  getSetlist(setlistId: string): Promise<Setlist<Song> | null>
  /**
   * Finds kept songs by title and artist: each word of the query begins a word of theirs, whatever the accents and the case. Asks no server.
   *
   * @param query - What the user types; empty for all.
   * @example
   * ```ts
   * const found = kept.find('gracias vi')
   * ```
   */
  find(query: string): KeptSummary[]
  /**
   * Changes a kept song, also without a network. The change is a draft that survives a restart. It is saved as soon as the database is
   * reached, if the song still has the version that you changed; otherwise its `state` becomes `conflict` and nothing is lost.
   *
   * @param songId - The song's id.
   * @param changes - The fields to change; more changes of one draft add up.
   * @param options - `baseVersion`: after a conflict, the version of `theirs` into which you merged. Then `changes` replace the draft.
   * @throws `song_not_found` when the device does not keep the song, `unavailable` when its storage cannot be written, `invalid_input`,
   * `not_signed_in`, `closed`.
   * @example
   * ```ts
   * import { mergeText } from 'tertulia/diff'
   *
   * await kept.edit(song.id, { content: '[Am]San Juan y [E7]Boedo antiguo' })
   * for (const { songId, changes, conflict } of kept.getSnapshot().drafts) {
   *   if (!conflict) continue
   *   const { theirs, base } = conflict
   *   const { text } = mergeText(base?.content ?? '', changes.content ?? theirs.content, theirs.content)
   *   await kept.edit(songId, { ...changes, content: text }, { baseVersion: theirs.version })
   * }
   * ```
   */
  edit(
    songId: string,
    changes: SongChanges,
    options?: {
      /** After a conflict, the version of `theirs` into which you merged. */
      baseVersion?: number | undefined
    },
  ): Promise<void>
  /**
   * Discards the draft of a song.
   *
   * @param songId - The song's id.
   * @throws `unavailable`, `invalid_input`, `not_signed_in`, `closed`.
   * @example
   * ```ts
   * await kept.discard(song.id)
   * ```
   */
  discard(songId: string): Promise<void>
  /**
   * Looks for changes now. It also happens at the start, when the app wakes or the network is back, when a share comes or goes, and every
   * ten minutes. Resolves when everything is there or cannot be had now: see `missing` and `error` in the snapshot.
   *
   * @throws `not_signed_in`.
   * @example
   * ```ts
   * await kept.refresh()
   * ```
   */
  refresh(): Promise<void>
}
