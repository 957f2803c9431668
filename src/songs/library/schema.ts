import { id, timestamp } from '../../core/parse.ts'
import { type Person, person } from '../../core/person.ts'
import { integer, nullable, object, optional, type Reader, row, text } from '../../core/shape.ts'
import { type SongSummary, songSummary } from '../schema.ts'

/** What you can set of your own way of a song. */
export interface WayFields {
  /** Letter, accidental, `m` for minor: `F#m`. */
  key?: string | null | undefined
  /** Fret, 0 to 24. */
  capo?: number | null | undefined
  /** At most 2,000 characters. */
  note?: string | null | undefined
  /** Of the text, 6 to 72, in your app's own unit. */
  fontSize?: number | null | undefined
}

/** Your own way of a song. Other users do not see it. */
export interface SongWay extends Required<WayFields> {
  songId: string
  /** When you last changed it. */
  changedAt: Date
}

/** Your own way of a song, with the song. */
export interface ListedSongWay extends SongWay {
  song: SongSummary
}

/** Where a copy of a song came from. */
export interface SongOrigin {
  /** Null when you may not see that song, or when it was removed. */
  songId: string | null
  /** Its title when it was copied. */
  title: string
  /** Its version when it was copied. */
  version: number
  /** Its owner when it was copied: without a name when you may not see that profile. */
  owner: Person
  /** When it was copied. */
  copiedAt: Date
}

const fields = {
  songId: id,
  key: nullable(text()),
  capo: nullable(integer()),
  note: nullable(text()),
  fontSize: nullable(integer()),
  changedAt: timestamp,
}
export const songWay: Reader<SongWay> = row(fields)
export const listedSongWay: Reader<ListedSongWay> = row({ ...fields, song: songSummary })
export const songOrigin: Reader<SongOrigin> = row({
  songId: nullable(id),
  title: text(),
  version: integer(),
  owner: person,
  copiedAt: timestamp,
})

export const wayChanges: Reader<WayFields> = object({
  key: optional(nullable(text())),
  capo: optional(nullable(integer(0, 24))),
  note: optional(nullable(text())),
  fontSize: optional(nullable(integer(6, 72))),
})

/** How often you played a song. Other users do not see it. */
export interface SongPlays {
  /** How many times, at most once a minute. */
  playCount: number
  /** When you played it last. */
  lastPlayedAt: Date
}

export const songPlays: Reader<SongPlays> = row({ playCount: integer(), lastPlayedAt: timestamp })
