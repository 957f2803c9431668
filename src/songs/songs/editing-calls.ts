import type { Paged, PageOptions } from '../../core/page.ts'
import type { CallOptions } from '../../core/run.ts'
import type { Song } from '../schema.ts'
import type { WatchedSong } from '../watch.ts'
import type { NewSong, SongChanges } from './fields.ts'
import type { ImportedSong } from './import.ts'
import type { DeletedSong } from './trash.ts'
import type { UpdateSongOptions } from './update.ts'

/** Calls that read and change one song, import many, and use the trash. */
export interface SongEditing {
  /**
   * Creates a song from ChordPro text. You become its owner. The database derives lyrics, chords and every field that you leave out.
   * It accepts text that is not valid ChordPro, and reads one song from it: text after `{new_song}` is kept, but not read. Use
   * `splitSongs` of `tertulia/chordpro` first when a text has several songs.
   *
   * @param song - `content` has at most 128 KiB as UTF-8. To retry safely, pass an `id`: the same id again returns the same song.
   * @returns The song with everything that was derived. It is `private` unless you pass `visibility`.
   * @throws `content_too_long` when `content` is over 128 KiB; `invalid_input` with `field` for any other field, and for an `id` of
   * another song; `rate_limited` after 5,000 songs or 50 MiB in a day; `not_signed_in`.
   * @example
   * ```ts
   * const song = await tertulia.songs.create({ content: '{title: Sur}\n[Am]San Juan y [E7]Boedo', visibility: 'public' })
   * console.log(song.title, song.chords.map((chord) => chord.name))
   * ```
   */
  create(song: NewSong, options?: CallOptions): Promise<Song>
  /**
   * Returns one song with its text, lyrics and chords. It must be public, your own, or shared with you. Works without a user for public songs.
   *
   * @param songId - The song's id.
   * @throws `song_not_found` when you may not see a song with that id, `invalid_input` for an id that is not a UUID.
   * @example
   * ```ts
   * const { title, lyrics } = await tertulia.songs.get(song.id)
   * ```
   */
  get(songId: string, options?: CallOptions): Promise<Song>
  /**
   * Changes fields of a song, all of them or none. Its owner, admins and editors can do this; only the owner changes `visibility`. New
   * `content` updates lyrics, chords and every field that came from the text. A field that you set stays until you set it to null.
   *
   * @param songId - The song's id.
   * @param changes - The fields to change, with the limits of `NewSong`. Null makes a derived field follow the text again.
   * @param options - `expectedVersion` saves only if the song still has that version. `summary` describes the change in the history.
   * @returns The song after the change.
   * @throws `version_conflict`, a `VersionConflict` with all three texts, when the song is not at `expectedVersion`;
   * `song_not_found` without a role in the song; `forbidden` for a viewer, and for `visibility` unless you are the owner;
   * `content_too_long` over 128 KiB; `invalid_input` with `field`; `rate_limited` after 3,000 changes or 50 MiB in a day; `not_signed_in`.
   * @example
   * ```ts
   * await tertulia.songs.update(song.id, { visibility: 'public', key: 'Am' })
   * await tertulia.songs.update(song.id, { key: null }) // follows the text again
   * await tertulia.songs.update(song.id, { content: song.content }, { expectedVersion: song.version, summary: 'Second verse' })
   * ```
   */
  update(songId: string, changes: SongChanges, options?: UpdateSongOptions): Promise<Song>
  /**
   * Holds a song live and shows which other users have it open. You need a role in the song. A change shows at once, and within 30 s
   * when its broadcast is lost. When you lose the role, the handle closes with `closeReason: 'removed'` and its `song` becomes null.
   * Failures show in the snapshot's `error`: `song_not_found` and `not_signed_in` close the handle; after any other failure it retries.
   *
   * @param songId - The song's id.
   * @throws `invalid_input` for an id that is not a UUID.
   * @example
   * ```ts
   * const watched = tertulia.songs.watch(song.id)
   * const stop = watched.subscribe(() => console.log(watched.getSnapshot().song?.title))
   * watched.close()
   * ```
   */
  watch(songId: string): WatchedSong
  /**
   * Creates many songs from ChordPro texts, in requests of up to 100 songs. Each song is saved or refused on its own, and lists by
   * `createdAt` keep the order of the array. `sourceType` is `import` unless you set it. Convert texts with `toChordPro` and `splitSongs`
   * of `tertulia/chordpro` when chords stand over the words or a text has several songs.
   *
   * @param songs - As for `create`. To retry safely, give each an `id`: the same id again is the same song.
   * @returns The result of each song, in the order given: its id and title, or an error.
   * @throws `invalid_input` for a field that is not as documented (`0.title`), before anything is sent; `rate_limited` after 5,000 songs
   * or 50 MiB in a day; `not_signed_in`. A refused song does not throw: its `error` has the code.
   * @example
   * ```ts
   * import { splitSongs, toChordPro } from 'tertulia/chordpro'
   *
   * const results = await tertulia.songs.import(splitSongs(text).map((song) => ({ content: toChordPro(song) })))
   * const refused = results.filter(({ error }) => error !== null)
   * ```
   */
  import(songs: NewSong[], options?: CallOptions): Promise<ImportedSong[]>
  /**
   * Moves your own song to the trash, where no user finds it. `restore` brings it back with its tags, shares and favourites. The upkeep
   * jobs remove it permanently after 30 days. Deleting it again does nothing.
   *
   * @param songId - The song's id.
   * @throws `song_not_found` when you have no role in such a song, `forbidden` when you are not its owner, `invalid_input` for an id that
   * is not a UUID, `not_signed_in`.
   * @example
   * ```ts
   * await tertulia.songs.delete(song.id)
   * ```
   */
  delete(songId: string, options?: CallOptions): Promise<void>
  /**
   * Lists your own songs in the trash, last deleted first, a page at a time.
   *
   * @param options - `limit` per page: 1 to 200, default 50. `cursor`: the `nextCursor` of the page before.
   * @throws `invalid_input`, `invalid_cursor`, `not_signed_in`.
   * @example
   * ```ts
   * const { items } = await tertulia.songs.listTrash()
   * ```
   */
  listTrash(options?: PageOptions & CallOptions): Paged<DeletedSong>
  /**
   * Takes your own song out of the trash, with its tags and favourites. Does nothing if it is not in the trash.
   *
   * @param songId - The song's id.
   * @returns The song.
   * @throws `song_not_found` for another user's song and one that was purged, `invalid_input`, `rate_limited` after 3,000 changes in a
   * day, `not_signed_in`.
   * @example
   * ```ts
   * const restored = await tertulia.songs.restore(song.id)
   * ```
   */
  restore(songId: string, options?: CallOptions): Promise<Song>
  /**
   * Permanently removes your own song from the trash. It cannot be restored, and its id cannot be used again.
   *
   * @param songId - The song's id.
   * @throws `song_not_found` unless it is your own song and in the trash, `invalid_input`, `not_signed_in`.
   * @example
   * ```ts
   * await tertulia.songs.delete(song.id)
   * await tertulia.songs.purge(song.id)
   * ```
   */
  purge(songId: string, options?: CallOptions): Promise<void>
}
