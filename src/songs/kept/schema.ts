import type { LiveState } from '../../live/types.ts'
import type { SongSnapshot } from '../history/history.ts'
import type { Song } from '../schema.ts'
import type { SetlistSummary } from '../setlists/schema.ts'
import type { SongChanges } from '../songs/fields.ts'

/** A song that the device keeps, as lists and searches show it. */
export interface KeptSummary {
  id: string
  title: string
  artist: string | null
  /** The key, such as `F#m`; null when the song does not say. */
  key: string | null
  /** The version of the copy. */
  version: number
  /** Whether you chose this song, with `keepSong`. */
  isChosen: boolean
  /** Whether the device keeps it as a favourite. */
  isFavorite: boolean
}

/** A song that the device keeps, with the changes of a draft in their place. */
export interface KeptSong extends Song {
  /** Whether it has changes that are not saved yet. Lyrics and chords are those of the saved text. */
  isDraft: boolean
}

/** Changes of a song that are not saved yet. */
export interface SongDraft {
  songId: string
  /** The fields that you changed, with their new values. */
  changes: SongChanges
  /** The version of the song that you changed. */
  baseVersion: number
  /** `waiting`: it is saved when the database is reached. `conflict` and `refused`: you decide, with `edit` or `discard`. */
  state: 'waiting' | 'conflict' | 'refused'
  /** The code of the refusal, such as `song_not_found` or `forbidden`; null in the other states. */
  code: string | null
  /** What to merge, as in a `VersionConflict`; null in the other states. */
  conflict: { base: SongSnapshot | null; theirs: Song } | null
}

/** The state of what the device keeps. Without a network it is there, with `confirmed: false` after a start. */
export interface KeptSnapshot extends LiveState {
  /** By title. */
  songs: readonly KeptSummary[]
  /** In the order in which you chose them. */
  setlists: readonly Pick<SetlistSummary, 'id' | 'title' | 'entryCount'>[]
  /** Whether your favourites are kept. */
  keepsFavorites: boolean
  /** Unsaved changes, the oldest first. They stay after a sign-out, for their user. */
  drafts: readonly SongDraft[]
  /** How many songs are wanted and not on the device yet. */
  missing: number
  /** Whether a bound or the storage itself leaves no room for what is missing. */
  isFull: boolean
}

/** Bounds of what a device keeps. */
export interface KeptOptions {
  /** How many songs. Default 1,000. */
  songs?: number | undefined
  /** How many bytes of songs and setlists. Default 20,000,000. */
  bytes?: number | undefined
  /** After how long without contact to the database the copies are removed, in milliseconds. Default 90 days. Drafts stay. */
  maxAgeMs?: number | undefined
  /** Whether the copies stay on the device after a sign-out. Default false. */
  keepAfterSignOut?: boolean | undefined
}
