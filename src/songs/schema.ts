import { id, metadata, timestamp } from '../core/parse.ts'
import { integer, list, nullable, object, oneOf, type Read, record, text } from '../core/shape.ts'

/** Who may see a song: its owner, everybody, or (as soon as there are links) whoever holds one. */
export type SongVisibility = 'private' | 'shared' | 'public'

/** What a list or a search tells of a song. */
export interface SongSummary {
  id: string
  title: string
  artist: string | null
  album: string | null
  /** Letter, accidental, `m` for minor: `F#m`. */
  key: string | null
  /** Beats a minute. */
  tempo: number | null
  /** `3/4` */
  timeSignature: string | null
  /** Fret; null when the song does not say. */
  capo: number | null
  genre: string | null
  style: string | null
  /** BCP 47, such as `es`. */
  language: string | null
  year: number | null
  durationSeconds: number | null
  /** 1 (easy) to 5. */
  difficulty: number | null
  visibility: SongVisibility
  /** The owner's id. */
  createdBy: string
  /** From 1; one more with each change. */
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
  bass: string | null
  /** How often it is played. */
  uses: number
  /** Where it stands among all chords of the song, from 1; the first 1,000. */
  positions: number[]
  /** The words of the line where it is first played. */
  context: string
}

/** A song with its text and everything derived from it. */
export interface Song extends SongSummary {
  /** ChordPro. */
  content: string
  /** The words alone, one line a line. */
  lyrics: string
  /** The distinct chords in the order of their first use. */
  chords: SongChord[]
  /** Every metadata directive of the text, lower-case name to values in the order written. */
  chordproMetadata: Record<string, string[]>
  sourceUrl: string | null
  /** `manual`, `import`, `api` or a word of the app's own. */
  sourceType: string
  /** The app's own fields. */
  metadata: Record<string, unknown>
}

export const visibility = oneOf('private', 'shared', 'public')

/** The columns that a song is read from. */
export const songColumns =
  'id, title, artist, album, content, lyrics, chords, key, tempo, time_signature, capo_fret, genre, style, language, year, ' +
  'duration_seconds, difficulty_level, source_url, source_type, visibility, created_by, chordpro_metadata, metadata, ' +
  'version, created_at, updated_at'

export const songSummaryFields = {
  id,
  title: text(),
  artist: nullable(text()),
  album: nullable(text()),
  key: nullable(text()),
  tempo: nullable(integer()),
  time_signature: nullable(text()),
  capo_fret: nullable(integer()),
  genre: nullable(text()),
  style: nullable(text()),
  language: nullable(text()),
  year: nullable(integer()),
  duration_seconds: nullable(integer()),
  difficulty_level: nullable(integer()),
  visibility,
  created_by: id,
  version: integer(),
  created_at: timestamp,
  updated_at: timestamp,
}

export const songSummaryRow = object(songSummaryFields)

export const songRow = object({
  ...songSummaryFields,
  content: text(),
  lyrics: text(),
  chords: list(
    object({
      name: text(),
      root: text(),
      quality: text(),
      bass: nullable(text()),
      uses: integer(),
      positions: list(integer()),
      context: text(),
    }),
  ),
  source_url: nullable(text()),
  source_type: text(),
  chordpro_metadata: record(list(text())),
  metadata,
})

export function toSongSummary(row: Read<typeof songSummaryRow>): SongSummary {
  return {
    id: row.id,
    title: row.title,
    artist: row.artist,
    album: row.album,
    key: row.key,
    tempo: row.tempo,
    timeSignature: row.time_signature,
    capo: row.capo_fret,
    genre: row.genre,
    style: row.style,
    language: row.language,
    year: row.year,
    durationSeconds: row.duration_seconds,
    difficulty: row.difficulty_level,
    visibility: row.visibility,
    createdBy: row.created_by,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

export function toSong(row: Read<typeof songRow>): Song {
  return {
    ...toSongSummary(row),
    content: row.content,
    lyrics: row.lyrics,
    chords: row.chords,
    chordproMetadata: row.chordpro_metadata,
    sourceUrl: row.source_url,
    sourceType: row.source_type,
    metadata: row.metadata,
  }
}
