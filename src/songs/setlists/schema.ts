import { id, timestamp } from '../../core/parse.ts'
import { type Person, person } from '../../core/person.ts'
import { integer, list, nullable, object, optional, type Reader, row, text } from '../../core/shape.ts'
import {
  type Song,
  type SongSummary,
  type SongVisibility,
  songSummary,
  visibility,
  wholeSong,
} from '../schema.ts'

/** How a song is played in one setlist. */
export interface EntryFields {
  /** Letter, accidental, `m` for minor: `F#m`. */
  key?: string | null | undefined
  /** Fret, 0 to 24. */
  capo?: number | null | undefined
  /** Beats a minute, 30 to 300. */
  tempo?: number | null | undefined
  /** At most 500 characters. */
  note?: string | null | undefined
}

/** A song to add to a setlist. */
export interface NewEntry extends EntryFields {
  /** A song that you may see. Everybody who sees the setlist sees its title. */
  songId: string
}

/** A song of a setlist. */
export interface SetlistEntry<S = SongSummary> extends Required<EntryFields> {
  /** The entry's own id: one song can stand in a setlist more than once. */
  id: string
  /** The song's title; without access to the song, its title when it was added. */
  title: string
  /** Null when you have no access to the song, or when it was removed. */
  songId: string | null
  /** Null when you have no access to the song, or when it was removed. */
  song: S | null
}

/** A setlist without its entries. */
export interface SetlistSummary {
  id: string
  title: string
  note: string | null
  visibility: SongVisibility
  /** The owner's id. */
  createdBy: string
  /** From 1; each change adds one. A call that changes nothing does not. */
  version: number
  createdAt: Date
  updatedAt: Date
  /** How many entries it has. */
  entryCount: number
}

/** A setlist with its entries in their order. */
export interface Setlist<S = SongSummary> extends Omit<SetlistSummary, 'entryCount'> {
  /** In their order. */
  entries: SetlistEntry<S>[]
}

/** A version of a setlist: one change. */
export interface SetlistVersion {
  /** From 1; the setlist's `version` after the change. */
  version: number
  /** What made the version. */
  changeType: 'create' | 'update' | 'restore' | 'transfer'
  /** The user who changed it; null for the service. */
  changedBy: Person | null
  createdAt: Date
  /** The setlist's title after the change. */
  title: string
  /** The titles of the entries in their order. */
  titles: string[]
}

const maybeText = nullable(text())
const maybeNumber = nullable(integer())
const fields = {
  id,
  title: text(),
  note: maybeText,
  visibility,
  createdBy: id,
  version: integer(),
  createdAt: timestamp,
  updatedAt: timestamp,
}
const of = <S>(song: Reader<S>) =>
  row({
    ...fields,
    entries: list(
      row({
        id,
        title: text(),
        songId: nullable(id),
        song: nullable(song),
        key: maybeText,
        capo: maybeNumber,
        tempo: maybeNumber,
        note: maybeText,
      }),
    ),
  }) as unknown as Reader<Setlist<S>>
export const setlist: Reader<Setlist> = of(songSummary)
export const setlistWithTexts: Reader<Setlist<Song>> = of(wholeSong)
export const setlistSummary: Reader<SetlistSummary> = row({ ...fields, entryCount: integer() })
export const setlistVersion: Reader<SetlistVersion> = row({
  version: integer(),
  changeType: text() as Reader<never>,
  changedBy: nullable(person),
  createdAt: timestamp,
  title: text(),
  titles: list(text()),
})

const entryFields = {
  key: optional(nullable(text())),
  capo: optional(nullable(integer(0, 24))),
  tempo: optional(nullable(integer(30, 300))),
  note: optional(nullable(text())),
}
export const entryChanges = object(entryFields)
export const newEntries = list(object({ ...entryFields, songId: id }))
export const setlistFields = { note: optional(nullable(text())), visibility: optional(visibility) }
