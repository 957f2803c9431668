import { type Operation, operation } from '../core/call.ts'
import { type NewSong, newSong, toFields } from './fields.ts'
import { oneSong, type Song, songColumns } from './schema.ts'

/**
 * Adds a song of one's own from ChordPro text. The database derives its lyrics and chords, and every field that is not
 * given. No text is refused for how it is written, only for its length. One song a text: what follows a `{new_song}` is
 * kept, but not read (`splitSongs` of `tertulia/chordpro` takes several apart).
 *
 * To be safe to repeat, give an `id`: the same id again answers the same song.
 *
 * @throws `content_too_long` over 128 KiB, `invalid_input` with the field at fault, `not_signed_in`.
 * @example
 * ```ts
 * const song = await tertulia.songs.create({ content: '{title: Sur}\n[Am]San Juan y [E7]Boedo', visibility: 'public' })
 * console.log(song.title, song.chords.map((chord) => chord.name))
 * ```
 */
export const createSong: Operation<[song: NewSong], Song> = operation(
  'songs.create',
  'create_song',
  { song: (value: unknown, path: string) => toFields(newSong(value, path)) },
  oneSong,
  {},
  { columns: songColumns },
)
