import type { Paged } from '../../core/page.ts'
import type { CallOptions } from '../../core/run.ts'
import type { SongSummary } from '../schema.ts'
import type { ListSongsOptions } from '../songs/list.ts'
import type { CountSongsOptions, SongFacets } from './facets.ts'
import type { Recommendation } from './recommend.ts'
import type { SearchSongsOptions, SongHit, SongSearchPage } from './search.ts'
import type { SimilarSong } from './similar.ts'
import type { SongSuggestion } from './suggest.ts'

/** Calls that find songs among those that the user may see. */
export interface SongFinding {
  /**
   * Lists the songs that you may see, newest first, a page at a time. Songs that are created meanwhile do not shift the pages. Without a
   * user it lists public songs.
   *
   * @param options - `createdBy`: only songs of that user. `limit` per page: 1 to 200, default 50. `cursor`: the `nextCursor` before.
   * @throws `invalid_input`, `invalid_cursor`.
   * @example
   * ```ts
   * for await (const { title } of tertulia.songs.list({ createdBy: me.id })) console.log(title)
   * ```
   */
  list(options?: ListSongsOptions & CallOptions): Paged<SongSummary>
  /**
   * Searches the songs that you may see for every word of a query, best match first. The order: title or artist equal to the query; four
   * or more of its words in one line; its words in title, artist, album, genre, style or writers; then its words in the lyrics; popular
   * songs first among equals. With hardly any results, songs one typo away follow, and `didYouMean` has the corrected query.
   *
   * Case, accents, apostrophes and signs are ignored: `acdc` finds "AC/DC". Words are stemmed by language: "corazones" finds "corazón"
   * in a Spanish song. Other ways to write a word match: `saint` "St.", `7` "seven" and "VII", `ft` "feat.". Katakana and hiragana are one.
   * The last word is a prefix unless a space follows it. Any part of Chinese, Japanese, Korean or Thai text matches. `"let it be"` matches
   * a phrase, `-live` excludes songs. When nothing matches, words such as "chords" or "lyrics" are left out of the query.
   *
   * @param query - At most 200 characters. With `''` you get every song that passes the filters, the most popular first.
   * @param options - `filters`, all of which a song must pass. `sort`: another order than the best match. `limit` per page: 1 to 200, default
   * 50. `cursor`: the `nextCursor` before.
   * @returns A page, which `for await` walks with all that follow. A page may have fewer songs than `limit`, even none, and a `nextCursor`.
   * @throws `invalid_input` with `field`, also for `sort` by artist or difficulty when more than 10,000 songs match; `invalid_cursor`, also for
   * the cursor of another query.
   * @example
   * ```ts
   * const { items, didYouMean } = await tertulia.songs.search('corazon espin', { filters: { language: ['es'] }, limit: 20 })
   * const easy = await tertulia.songs.search('', { filters: { playable: ['C', 'G', 'Am'], missing: 1 }, sort: 'difficulty' })
   * ```
   */
  search(
    query: string,
    options?: SearchSongsOptions & CallOptions,
  ): Promise<SongSearchPage> & AsyncIterable<SongHit>
  /**
   * Counts the songs that a search finds, in all and by value. Songs that a search adds for a typo are not counted.
   *
   * @param query - As for `search`.
   * @param options - `filters`, as for `search`.
   * @returns Counts that are exact up to 10,000 songs and estimates beyond; `exact` says which. Each facet has its 30 most common values.
   * @throws `invalid_input` with `field`.
   * @example
   * ```ts
   * const { total, exact, genre } = await tertulia.songs.facets('luna', { filters: { language: ['es'] } })
   * console.log(exact ? total : `about ${total}`, genre)
   * ```
   */
  facets(query: string, options?: CountSongsOptions & CallOptions): Promise<SongFacets>
  /**
   * Suggests titles and artists while a user types, from songs that the user may see. Names that begin with the text come first, then
   * names that have its words inside ("zeppelin" suggests "Led Zeppelin"); popular ones first, each once. Case, accents and apostrophes
   * are ignored. When very many names match, some are left out.
   *
   * @param prefix - What the user has typed so far.
   * @param options - `limit`: 1 to 50 suggestions, default 10.
   * @throws `invalid_input`.
   * @example
   * ```ts
   * const suggestions = await tertulia.songs.suggest('cora', { limit: 5, signal })
   * ```
   */
  suggest(
    prefix: string,
    options?: {
      /** How many suggestions at most: 1 to 50, default 10. */
      limit?: number | undefined
    } & CallOptions,
  ): Promise<SongSuggestion[]>
  /**
   * Lists songs like another one, the most similar first: by shared chords, tags, genre and key. Only songs that you may see are
   * listed. In a large catalogue the database compares a sample, which is the same each time.
   *
   * @param songId - The song to compare with.
   * @param options - `limit`: 1 to 50 songs, default 10.
   * @throws `song_not_found` when you may not see the song, `invalid_input`.
   * @example
   * ```ts
   * for (const { title, chords } of await tertulia.songs.similar(song.id)) console.log(title, chords.join(' '))
   * ```
   */
  similar(
    songId: string,
    options?: {
      /** How many songs at most: 1 to 50, default 10. */
      limit?: number | undefined
    } & CallOptions,
  ): Promise<SimilarSong[]>
  /**
   * Recommends public songs of other users that are not among your favourites, each once: first songs like your latest five
   * favourites, then songs that several users made a favourite of late, then new songs. A new user gets the last two kinds.
   *
   * @param options - `limit`: 1 to 50 songs, default 10.
   * @throws `invalid_input`, `not_signed_in`.
   * @example
   * ```ts
   * for (const { title, because } of await tertulia.songs.recommend()) {
   *   console.log(because ? `${title}: because you like ${because.title}` : title)
   * }
   * ```
   */
  recommend(
    options?: {
      /** How many songs at most: 1 to 50, default 10. */
      limit?: number | undefined
    } & CallOptions,
  ): Promise<Recommendation[]>
}
