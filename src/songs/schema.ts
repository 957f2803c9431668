import { id, metadata, timestamp } from '../core/parse.ts'
import {
  integer,
  list,
  nullable,
  oneOf,
  type Reader,
  record,
  row,
  text,
  toColumns,
  tuple,
} from '../core/shape.ts'

/** Who may see a song. `private`: the owner and users who accepted a share. `shared`: also users who opened a link. `public`: everyone. */
export type SongVisibility = 'private' | 'shared' | 'public'

/** A song in lists and searches, without its text. */
export interface SongSummary {
  id: string
  title: string
  artist: string | null
  album: string | null
  /** The key: letter, accidental, `m` for minor, such as `F#m`. Null when the song does not say. */
  key: string | null
  /** The tempo in beats a minute; null when the song does not say. */
  tempo: number | null
  /** The time signature, such as `3/4`; null when the song does not say. */
  timeSignature: string | null
  /** The fret of the capo; null when the song does not say. */
  capo: number | null
  /** The genre as written; null when the song does not say. */
  genre: string | null
  /** The style as written; null when the song does not say. */
  style: string | null
  /** The language of the words as BCP 47, such as `es`; null when it is not known. */
  language: string | null
  year: number | null
  /** The duration in seconds; null when the song does not say. */
  durationSeconds: number | null
  /** The difficulty, 1 (easy) to 5; null when no user set it. */
  difficulty: number | null
  visibility: SongVisibility
  /** The owner's id. */
  createdBy: string
  /** The version number: 1 for a new song, one more after each change. */
  version: number
  createdAt: Date
  updatedAt: Date
}

/** A chord of a song, by its canonical name. */
export interface SongChord {
  /** Enharmonics and spellings of a quality are one: `C#m7/Ab`. */
  name: string
  root: string
  quality: string
  /** The bass note; null when it is the root. */
  bass: string | null
  /** How often it is played. */
  uses: number
  /** Positions among all chords of the song, from 1; the first 1,000. */
  positions: number[]
  /** The words of the line where it is first played, at most 120 characters. */
  context: string
}

/** A song with its text and everything derived from it. */
export interface Song extends SongSummary {
  /** ChordPro. */
  content: string
  /** The words without chords, line by line. */
  lyrics: string
  /** The distinct chords in the order of their first use. */
  chords: SongChord[]
  /** Every metadata directive of the text, lower-case name to values in the order written. */
  chordproMetadata: Record<string, string[]>
  /** Where the text came from, or null. */
  sourceUrl: string | null
  /** `manual`, `import`, `api` or your own word. */
  sourceType: string
  /** Your own fields. */
  metadata: Record<string, unknown>
}

export const visibility = oneOf('private', 'shared', 'public')

/** The fields of a version of a song, without the text. */
export const versionedFields = {
  title: text(),
  artist: nullable(text()),
  album: nullable(text()),
  key: nullable(text()),
  tempo: nullable(integer()),
  timeSignature: nullable(text()),
  capo: nullable(integer()),
  genre: nullable(text()),
  style: nullable(text()),
  language: nullable(text()),
  year: nullable(integer()),
  durationSeconds: nullable(integer()),
  difficulty: nullable(integer()),
  visibility,
}

/** The text, where it came from, and the app's own fields. */
export const textFields = { content: text(), sourceUrl: nullable(text()), sourceType: text(), metadata }

export const songSummaryFields = {
  ...versionedFields,
  id,
  createdBy: id,
  version: integer(),
  createdAt: timestamp,
  updatedAt: timestamp,
}

/** The names of columns that differ from the names of their fields. */
export const songColumnNames = { capo: 'capo_fret', difficulty: 'difficulty_level' }

export const songSummary: Reader<SongSummary> = row(songSummaryFields, songColumnNames)

const wholeSongFields = {
  ...songSummaryFields,
  ...textFields,
  lyrics: text(),
  chords: list(
    row({
      name: text(),
      root: text(),
      quality: text(),
      bass: nullable(text()),
      uses: integer(),
      positions: list(integer()),
      context: text(),
    }),
  ),
  chordproMetadata: record(list(text())),
}

/** The columns that a song is read from. */
export const songColumns = Object.keys(toColumns(wholeSongFields, songColumnNames)).join()

export const wholeSong: Reader<Song> = row(wholeSongFields, songColumnNames)

/** The one song of an answer. */
export const oneSong: Reader<Song> = (value, path) => tuple(wholeSong)(value, path)[0]
