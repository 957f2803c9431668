import type { Paged, PageOptions } from '../../core/page.ts'
import type { CallOptions } from '../../core/run.ts'
import type { Song, SongSummary } from '../schema.ts'
import type { BrowseSongsOptions, ListLibraryOptions } from './operations.ts'
import type { ListedSongWay, SongOrigin, SongPlays, SongWay, WayFields } from './schema.ts'

/** A musician's library: lists by title and artist, your own way of each song, and copies of other users' songs. */
export interface Library {
  /**
   * Lists your own songs and those that are shared with you, a page at a time. Titles and artists stand in the order of `language`;
   * those that begin with a digit or only have signs come first, and songs without an artist come last. Signs before the first letter
   * do not count: `¿Dónde?` stands under D.
   *
   * @param options - `sort`: `title` by default, `artist`, `newest`, `popular`, `played` (what you played most) or `recent` (what you played
   * last), both as `recordPlay` counts it. `language`: BCP 47, such as `es`. `limit` per page: 1 to 200, default 50. `cursor`: the `nextCursor` of the page before, with the same `sort` and `language`.
   * @throws `invalid_input`, `invalid_cursor`, `not_signed_in`.
   * @example
   * ```ts
   * for await (const { title } of library.list({ sort: 'title', language: 'es' })) console.log(title)
   * ```
   */
  list(options?: ListLibraryOptions & CallOptions): Paged<SongSummary>
  /**
   * Lists public songs from A to Z, a page at a time, however many there are. Accents and case do not count, digits and signs come first,
   * and of songs with one title the best liked comes first. Works signed out as well.
   *
   * @param by - `title` or `artist`; songs without an artist are not listed by artist.
   * @param options - `prefix`: only what begins with it; `#` for digits and signs. `limit` per page: 1 to 200, default 50. `cursor`: the
   * `nextCursor` of the page before.
   * @throws `invalid_input`, `invalid_cursor`.
   * @example
   * ```ts
   * const { items } = await library.browseSongs('artist', { prefix: 'v' })
   * ```
   */
  browseSongs(by: 'title' | 'artist', options?: BrowseSongsOptions & CallOptions): Paged<SongSummary>
  /**
   * Sets your own key, capo, note or font size of a song that you may see. The song does not change, and other users do not see it. It
   * stays when you lose access to the song, and shows again when access comes back.
   *
   * @param songId - The song's id.
   * @param changes - The fields to change; null empties a field. Fields that two devices set at once are both kept.
   * @returns Your way of the song, or null when all fields are empty.
   * @throws `song_not_found` when you may not see the song, `invalid_input`, `rate_limited` after 3,000 changes in a day,
   * `not_signed_in`.
   * @example
   * ```ts
   * await library.setWay(song.id, { key: 'D', capo: 2, fontSize: 14 })
   * ```
   */
  setWay(songId: string, changes: WayFields, options?: CallOptions): Promise<SongWay | null>
  /**
   * Returns your own ways of some songs in one request, such as those of a setlist. A song without one, or that you may not see, has none.
   *
   * @param songIds - At most 200 ids.
   * @throws `invalid_input`, `not_signed_in`.
   * @example
   * ```ts
   * const [way] = await library.getWays([song.id])
   * const key = way?.key ?? song.key
   * ```
   */
  getWays(songIds: string[], options?: CallOptions): Promise<SongWay[]>
  /**
   * Lists your own ways of songs, each with its song, the last changed first, a page at a time.
   *
   * @param options - `limit` per page: 1 to 200, default 50. `cursor`: the `nextCursor` of the page before.
   * @throws `invalid_input`, `invalid_cursor`, `not_signed_in`.
   * @example
   * ```ts
   * for await (const { song, capo } of library.listWays()) console.log(song.title, capo)
   * ```
   */
  listWays(options?: PageOptions & CallOptions): Paged<ListedSongWay>
  /**
   * Copies a song that you may see into a private song of your own: its text and its fields, not its tags, history or favourites. Later
   * changes of the two do not touch each other. `sourceType` of the copy is `copy`.
   *
   * @param songId - The song's id.
   * @param copy - `title`: of the copy; the same by default. `id`: a UUID; keep it when you retry.
   * @returns The copy.
   * @throws `song_not_found` when you may not see the song; `invalid_input`; `rate_limited` after 5,000 new songs or 50 MiB in a day;
   * `not_signed_in`.
   * @example
   * ```ts
   * const mine = await library.copySong(song.id)
   * ```
   */
  copySong(
    songId: string,
    copy?: {
      /** A UUID, created for you by default. */
      id?: string | undefined
      /** 1 to 255 characters. */
      title?: string | undefined
    },
    options?: CallOptions,
  ): Promise<Song>
  /**
   * Counts that you played a song, for the orders `played` and `recent` of `list`. Again within a minute is the same play. Other users do not
   * see it; views that they see are counted by `analytics.track`.
   *
   * @param songId - The song's id.
   * @returns How often you played it, and when last.
   * @throws `song_not_found` when you may not see the song, `invalid_input`, `rate_limited` after 3,000 plays in a day, `account_not_found`,
   * `not_signed_in`.
   * @example
   * ```ts
   * await library.recordPlay(song.id)
   * for await (const { title } of library.list({ sort: 'played' })) console.log(title)
   * ```
   */
  recordPlay(songId: string, options?: CallOptions): Promise<SongPlays>
  /**
   * Returns where a copy of yours came from, or null when the song is no copy. Only the owner of the copy can read it.
   *
   * @param songId - The copy's id.
   * @throws `song_not_found` without a role in the song, `forbidden` when you are not its owner, `invalid_input`, `not_signed_in`.
   * @example
   * ```ts
   * const origin = await library.findOrigin(song.id)
   * if (origin) console.log(`${origin.title} by ${origin.owner.displayName}`)
   * ```
   */
  findOrigin(songId: string, options?: CallOptions): Promise<SongOrigin | null>
}
