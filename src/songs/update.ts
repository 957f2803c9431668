import { call } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import { TertuliaError } from '../core/error.ts'
import { calledWith, id, parseInput } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
import { integer, nullable, optional, row, text } from '../core/shape.ts'
import { type SongChanges, songChanges, toFields } from './fields.ts'
import { type SongSnapshot, snapshot } from './history.ts'
import { type Song, wholeSong } from './schema.ts'

const operation = 'songs.update'

/** How to change a song. */
export interface UpdateSongOptions extends CallOptions {
  /** Change the song only if this still is its version; else throw {@link VersionConflict}. */
  expectedVersion?: number
  /** What the change is about, 1 to 500 characters, for the history. */
  summary?: string
}

/** The song has changed since the version that was expected. Nothing was saved. */
export interface VersionConflict extends TertuliaError {
  code: 'version_conflict'
  conflict: {
    /** The song at the version that was expected; null when the history does not have it any more. */
    base: SongSnapshot | null
    /** The changes that were to be saved. */
    mine: SongChanges
    /** The song as it is. Merge, and save with its version. */
    theirs: Song
  }
}

/**
 * Whether a caught value is a {@link VersionConflict}.
 *
 * @example
 * ```ts
 * import { mergeText } from 'tertulia/diff'
 *
 * try {
 *   await tertulia.songs.update(song.id, { content }, { expectedVersion: song.version })
 * } catch (error) {
 *   if (!isVersionConflict(error)) throw error
 *   const { base, theirs } = error.conflict
 *   const { text, conflicts } = mergeText(base?.content ?? '', content, theirs.content)
 *   if (conflicts === 0) await tertulia.songs.update(song.id, { content: text }, { expectedVersion: theirs.version })
 * }
 * ```
 */
export function isVersionConflict(value: unknown): value is VersionConflict {
  return value instanceof Error && 'conflict' in value && 'code' in value && value.code === 'version_conflict'
}

const updateInput = calledWith(
  { songId: id, changes: songChanges },
  { expectedVersion: optional(integer(1, 2_147_483_647)), summary: optional(text()) },
)
const saved = row({
  song: optional(wholeSong),
  conflict: optional(row({ base: nullable(snapshot), theirs: wholeSong })),
})

/**
 * Changes the named fields of a song that one may edit, all of them or none. With new content its lyrics and chords follow,
 * and so does every field that came from the text; one that was set by hand stays. Who sees a song only its owner changes.
 *
 * @returns The song as it is now.
 * @throws `song_not_found` without a role in it; `forbidden` with the role view, and for `visibility` unless one is the owner;
 * `version_conflict`, a {@link VersionConflict}, when it is not at `expectedVersion`; `content_too_long` over 128 KiB;
 * `invalid_input` with the field at fault; `not_signed_in`.
 * @example
 * ```ts
 * await tertulia.songs.update(song.id, { visibility: 'public', key: 'Am' })
 * await tertulia.songs.update(song.id, { key: null }) // as the text says
 * await tertulia.songs.update(song.id, { content }, { expectedVersion: song.version, summary: 'Second verse' })
 * ```
 */
export async function updateSong(
  context: Context,
  songId: string,
  changes: SongChanges,
  options?: UpdateSongOptions,
): Promise<Song> {
  const { signal, ...given } = parseInput(operation, updateInput, [songId, changes, options])
  const input = { ...given, changes: toFields(given.changes) }
  return call(context, operation, { signal }, 'save_song', input, (value, path) => {
    const { song, conflict } = saved(value, path)
    if (song) return song
    const error = new TertuliaError('version_conflict', 'unable to update the song; it has changed since', {
      operation,
    })
    throw Object.assign(error, { conflict: { ...conflict, mine: changes } })
  })
}
