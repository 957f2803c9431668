import { id, metadata } from '../../core/parse.ts'
import {
  integer,
  nullable,
  object,
  optional,
  type Read,
  type Reader,
  text,
  toColumns,
} from '../../core/shape.ts'
import { type SongVisibility, songColumnNames, visibility } from '../schema.ts'

/** The fields of a song that you can set. A field that is null or left out comes from the text. */
export interface SongFields {
  /** The title, at most 255 characters; from `{title}`, else the first line of the lyrics. */
  title?: string | null | undefined
  /** The artist, at most 255 characters; from `{artist}`, several joined by a comma. */
  artist?: string | null | undefined
  /** The album, at most 255 characters; from `{album}`. */
  album?: string | null | undefined
  /** The key: letter, accidental, `m` for minor; from `{key}`. */
  key?: string | null | undefined
  /** The tempo in beats a minute, 30 to 300; from `{tempo}`. */
  tempo?: number | null | undefined
  /** The time signature, such as `3/4`; from `{time}`. */
  timeSignature?: string | null | undefined
  /** The fret of the capo, 0 to 24; from `{capo}`. */
  capo?: number | null | undefined
  /** The genre, at most 100 characters; from `{meta: genre …}`. */
  genre?: string | null | undefined
  /** The style, at most 100 characters; from `{meta: style …}`. */
  style?: string | null | undefined
  /** The language as BCP 47, such as `es` or `pt-BR`; from `{language: …}`, or else detected from the words. */
  language?: string | null | undefined
  /** The year, 1 to 9999; from `{year}`. */
  year?: number | null | undefined
  /** The duration in seconds, 1 to 86,400; from `{duration}`. */
  durationSeconds?: number | null | undefined
  /** The difficulty, 1 (easy) to 5. */
  difficulty?: number | null | undefined
  /** Where the text came from; at most 2,000 characters. */
  sourceUrl?: string | null | undefined
  /** `manual` by default, `import` in an import. A lower-case word of at most 50 characters. */
  sourceType?: string | undefined
  /** Who may see the song; default `private`. */
  visibility?: SongVisibility | undefined
  /** Your own fields: an object of at most 8 KiB, replaced as a whole. */
  metadata?: Record<string, unknown> | undefined
}

/** A song to add. */
export interface NewSong extends SongFields {
  /** ChordPro, at most 128 KiB as UTF-8. */
  content: string
  /** A UUID, created for you by default. Keep it when you retry: the same id is the same song. */
  id?: string | undefined
}

/** The fields of a song to change. Null makes a derived field follow the text again. */
export interface SongChanges extends SongFields {
  /** ChordPro, at most 128 KiB as UTF-8. */
  content?: string | undefined
}

const key = text({ pattern: /^[A-G][#b]?m?$/, expected: 'a key such as F#m' })
const meter = text({
  pattern: /^(?:[1-9]|[12][0-9]|3[0-2])\/(?:1|2|4|8|16|32)$/,
  expected: 'a time signature such as 3/4',
})
const language = text({
  pattern: /^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$/,
  expected: 'a language such as es or pt-BR',
})
const emptyable = <T>(reader: Reader<T>) => optional(nullable(reader))

const songFields = {
  title: emptyable(text()),
  artist: emptyable(text()),
  album: emptyable(text()),
  key: emptyable(key),
  tempo: emptyable(integer(30, 300)),
  timeSignature: emptyable(meter),
  capo: emptyable(integer(0, 24)),
  genre: emptyable(text()),
  style: emptyable(text()),
  language: emptyable(language),
  year: emptyable(integer(1, 9999)),
  durationSeconds: emptyable(integer(1, 86_400)),
  difficulty: emptyable(integer(1, 5)),
  sourceUrl: emptyable(text()),
  sourceType: optional(text({ pattern: /^[a-z][a-z0-9_-]{0,49}$/, expected: 'a lower-case word' })),
  visibility: optional(visibility),
  metadata: optional(metadata),
}

export const newSong = object({ ...songFields, content: text(), id: optional(id) })
export const songChanges = object({ ...songFields, content: optional(text()) })

/** Fields as the database names them; what was not given is left out. */
export const toFields = (fields: Read<typeof newSong> | Read<typeof songChanges>) =>
  toColumns(fields, songColumnNames)
