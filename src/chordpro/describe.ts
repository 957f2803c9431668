import { lowerAscii } from './blanks.ts'
import { isGermanSong, keyName, readKey } from './key.ts'
import type { ChordProSong } from './types.ts'

/** The fields that a song states about itself, as the catalogue stores them. A field that it does not state is absent. */
export interface SongDescription {
  title?: string
  /** Several artists are joined by a comma. A song without one takes its first subtitle if that begins with `by`. */
  artist?: string
  album?: string
  /** Letter, accidental as written, `m` for minor: `F#m`, `Bb`. */
  key?: string
  /** Beats a minute, 30 to 300: `92`, `92 bpm`, `1/4 = 92`. */
  tempo?: number
  /** `3/4` */
  timeSignature?: string
  /** Fret, 0 to 24. */
  capo?: number
  year?: number
  /** 1 to 86,400. */
  durationSeconds?: number
  /** BCP 47, such as `es` or `pt-BR`. */
  language?: string
  /** At most 100 characters. */
  genre?: string
  /** At most 100 characters. */
  style?: string
}

function cut(text: string | undefined, length: number): string | undefined {
  return text === undefined ? undefined : Array.from(text).slice(0, length).join('')
}

function within(value: number | undefined, low: number, high: number): number | undefined {
  return value !== undefined && value >= low && value <= high ? value : undefined
}

function number(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text)
}

function readDuration(value: string): number | undefined {
  const found = /^(?:(?:([0-9]{1,2}):)?([0-9]{1,3}):([0-5][0-9])|([0-9]{1,5}))$/.exec(value)
  if (!found) return undefined
  const [, hours = '0', minutes, seconds, bare] = found
  return within(
    bare === undefined ? Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) : Number(bare),
    1,
    86_400,
  )
}

function readLanguage(value: string): string | undefined {
  const found = /^([A-Za-z]{2,3})((?:[-_][A-Za-z0-9]{2,8}){0,3})$/.exec(value)
  return found ? lowerAscii(found[1]!) + found[2]!.replace(/_/g, '-') : undefined
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
  const key = first('key')
  const duration = first('duration')
  const language = first('language')
  const time = first('time')?.replace(/[ \t]/g, '')
  const artists =
    song.metadata.get('artist')?.join(', ') ?? /^by[ \t]+(.+)$/is.exec(first('subtitle') ?? '')?.[1]
  const description: SongDescription = {
    title: cut(first('title'), 255),
    artist: cut(artists, 255),
    album: cut(first('album'), 255),
    key: key === undefined ? undefined : keyName(readKey(key, isGermanSong(song))),
    tempo: within(
      number(
        /^(?:[^=]*=)?[ \t]*([0-9]{1,3})(?:[.,][0-9]+)?[ \t]*(?:bpm)?$/.exec(
          lowerAscii(first('tempo') ?? ''),
        )?.[1],
      ),
      30,
      300,
    ),
    timeSignature: time && /^(?:[1-9]|[12][0-9]|3[0-2])\/(?:1|2|4|8|16|32)$/.test(time) ? time : undefined,
    capo: within(number(/^([0-9]{1,2})(?![0-9])/.exec(first('capo') ?? '')?.[1]), 0, 24),
    year: within(number(/(?:^|[^0-9])([0-9]{4})(?![0-9])/.exec(first('year') ?? '')?.[1]), 1, 9999),
    durationSeconds: duration === undefined ? undefined : readDuration(duration),
    language: language === undefined ? undefined : readLanguage(language),
    genre: cut(first('genre'), 100),
    style: cut(first('style'), 100),
  }
  return Object.fromEntries(Object.entries(description).filter(([, value]) => value !== undefined))
}
