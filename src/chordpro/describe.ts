import { isGermanSong, isLowerSong, keyName, readKey } from './key.ts'
import type { ChordProSong } from './types.ts'
import { readCapo, readDuration, readLanguage, readTempo, readTime, readYear } from './values.ts'

/** The fields that a song states about itself, as the catalogue stores them. A field that it does not state is absent. */
export interface SongDescription {
  title?: string
  /** Several artists are joined by a comma. A song without one takes its first subtitle if that begins with `by`. */
  artist?: string
  album?: string
  /** The key: letter, accidental as written, `m` for minor: `F#m`, `Bb`. `{key: a}` is `Am` in a song that writes minor chords in lower case. */
  key?: string
  /** The tempo in beats a minute, 30 to 300: `92`, `92 bpm`, `1/4 = 92`, `Moderato (92)`. */
  tempo?: number
  /** The time signature, such as `3/4`; `C` is `4/4`. */
  timeSignature?: string
  /** The fret of the capo, 0 to 24: `3`, `3rd fret`, `III`. */
  capo?: number
  year?: number
  /** The duration in seconds, 1 to 86,400; `3:05`, `185`, `3'05"` and `3 min` are read. */
  durationSeconds?: number
  /** The language as BCP 47, such as `es` or `pt-BR`; `English` and `eng` are `en`. */
  language?: string
  /** The genre, at most 100 characters. */
  genre?: string
  /** The style, at most 100 characters. */
  style?: string
}

function cut(text: string | undefined, length: number): string | undefined {
  return text === undefined ? undefined : Array.from(text).slice(0, length).join('')
}

/**
 * Converts a song's metadata to plain fields, as the database does for fields that you leave out. The first value of a directive counts. A
 * value that cannot be read (a tempo of `fast`) is left out; `metadata` of the song has them all.
 *
 * @param song - From `parseChordPro`.
 * @example
 * ```ts
 * describeSong(parseChordPro('{title: Sur}\n{key: La menor}\n{duration: 3:05}'))
 * // { title: 'Sur', key: 'Am', durationSeconds: 185 }
 * ```
 */
export function describeSong(song: ChordProSong): SongDescription {
  const first = (name: string): string | undefined => song.metadata.get(name)?.[0]
  const read = <T>(name: string, reader: (value: string) => T | undefined): T | undefined => {
    const value = first(name)
    return value === undefined ? undefined : reader(value)
  }
  const artists =
    song.metadata.get('artist')?.join(', ') ?? /^by[ \t]+(.+)$/is.exec(first('subtitle') ?? '')?.[1]
  const description: SongDescription = {
    title: cut(first('title'), 255),
    artist: cut(artists, 255),
    album: cut(first('album'), 255),
    key: read('key', (key) => keyName(readKey(key, isGermanSong(song), isLowerSong(song)))),
    tempo: read('tempo', readTempo),
    timeSignature: read('time', readTime),
    capo: read('capo', readCapo),
    year: read('year', readYear),
    durationSeconds: read('duration', readDuration),
    language: read('language', readLanguage),
    genre: cut(first('genre'), 100),
    style: cut(first('style'), 100),
  }
  return Object.fromEntries(Object.entries(description).filter(([, value]) => value !== undefined))
}
