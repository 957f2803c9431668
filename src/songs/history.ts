import { type ListOperation, listOperation, type Operation, operation } from '../core/call.ts'
import { id, timestamp } from '../core/parse.ts'
import { integer, list, nullable, type Reader, row, text } from '../core/shape.ts'
import {
  type Song,
  type SongSummary,
  songColumnNames,
  textFields,
  versionedFields,
  wholeSong,
} from './schema.ts'

/** One change of a song. */
export interface SongVersion {
  /** From 1; `song.version` after the change. */
  version: number
  /** `delete` and `undelete`: into the trash and out of it; `restore`: back to an earlier version. */
  changeType: 'create' | 'update' | 'restore' | 'delete' | 'undelete' | 'transfer'
  /** The writer's own words. */
  changeSummary: string | null
  /** The columns that changed, such as `content`, `capo_fret` and `tags`. */
  changedFields: string[]
  /** Null for the service. */
  changedBy: { id: string; handle: string | null; displayName: string } | null
  createdAt: Date
}

/** A song as it was at a version: every field that can be set, and the tags. */
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
  changedBy: nullable(row({ id, handle: nullable(text()), displayName: text() })),
  createdAt: timestamp,
}
const version: Reader<SongVersion> = row(changeFields)
/** A version with all that is in it. */
export const snapshot: Reader<SongSnapshot> = row(
  { ...versionedFields, ...textFields, ...changeFields, tags: list(text()) },
  songColumnNames,
)
const oneVersion = { songId: id, version: integer(1, 2_147_483_647) }

/**
 * Who changed what of a song and when, the latest first. For those who may edit it.
 *
 * @throws `song_not_found`, `forbidden` with the role view, `invalid_input`, `invalid_cursor`, `not_signed_in`.
 * @example
 * ```ts
 * for await (const { version, changedBy } of tertulia.songs.listVersions(song.id)) console.log(version, changedBy?.handle)
 * ```
 */
export const listVersions: ListOperation<[songId: string], SongVersion> = listOperation(
  'songs.listVersions',
  'list_song_versions',
  { songId: id },
  version,
  [['version', 'beforeVersion', integer()]],
)

/**
 * A song as it was at a version. For those who may edit it.
 *
 * @throws `version_not_found`, also for one that was pruned; `song_not_found`, `forbidden`, `invalid_input`, `not_signed_in`.
 * @example
 * ```ts
 * const before = await tertulia.songs.getVersion(song.id, song.version - 1)
 * ```
 */
export const getVersion: Operation<[songId: string, version: number], SongSnapshot> = operation(
  'songs.getVersion',
  'get_song_version',
  oneVersion,
  snapshot,
)

/**
 * Makes a song again what it was at a version, every field and the tags, as a new version: nothing is taken out of the
 * history. Its owner and who sees it stay as they are.
 *
 * @returns The song as it is now.
 * @throws `version_not_found`, `song_not_found`, `forbidden` with the role view, `invalid_input`, `not_signed_in`.
 * @example
 * ```ts
 * await tertulia.songs.restoreVersion(song.id, 3)
 * ```
 */
export const restoreVersion: Operation<[songId: string, version: number], Song> = operation(
  'songs.restoreVersion',
  'restore_song_version',
  oneVersion,
  wholeSong,
)
