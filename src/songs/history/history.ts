import { type ListOperation, listOperation, type Operation, operation } from '../../core/call.ts'
import { id, timestamp } from '../../core/parse.ts'
import { type Person, person } from '../../core/person.ts'
import { integer, list, nullable, type Reader, row, text } from '../../core/shape.ts'
import {
  type Song,
  type SongSummary,
  songColumnNames,
  textFields,
  versionedFields,
  wholeSong,
} from '../schema.ts'

/** A version of a song: one change. */
export interface SongVersion {
  /** The version number, from 1: `song.version` after the change. */
  version: number
  /** `delete` and `undelete`: into the trash and out of it; `restore`: back to an earlier version. */
  changeType: 'create' | 'update' | 'restore' | 'delete' | 'undelete' | 'transfer'
  /** The `summary` of the update, or null. */
  changeSummary: string | null
  /** The columns that changed, such as `content`, `capo_fret` and `tags`. */
  changedFields: string[]
  /** The user who changed it; null for the service. */
  changedBy: Person | null
  createdAt: Date
}

/** A song at a version: every field that can be set, and the tags. */
export interface SongSnapshot
  extends SongVersion,
    Omit<SongSummary, 'id' | 'createdBy' | 'createdAt' | 'updatedAt' | 'version'>,
    Pick<Song, 'content' | 'sourceUrl' | 'sourceType' | 'metadata'> {
  tags: string[]
}

const changeFields = {
  version: integer(),
  changeType: text() as Reader<SongVersion['changeType']>,
  changeSummary: nullable(text()),
  changedFields: list(text()),
  changedBy: nullable(person),
  createdAt: timestamp,
}
const version: Reader<SongVersion> = row(changeFields)
/** A version with all that is in it. */
export const snapshot: Reader<SongSnapshot> = row(
  { ...versionedFields, ...textFields, ...changeFields, tags: list(text()) },
  songColumnNames,
)
const oneVersion = { songId: id, version: integer(1, 2_147_483_647) }

export const listVersions: ListOperation<[songId: string], SongVersion> = listOperation(
  'songs.listVersions',
  'list_song_versions',
  { songId: id },
  version,
  [['version', 'beforeVersion', integer()]],
)

export const getVersion: Operation<[songId: string, version: number], SongSnapshot> = operation(
  'songs.getVersion',
  'get_song_version',
  oneVersion,
  snapshot,
)

export const restoreVersion: Operation<[songId: string, version: number], Song> = operation(
  'songs.restoreVersion',
  'restore_song_version',
  oneVersion,
  wholeSong,
)
