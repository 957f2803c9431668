import { call } from '../../core/call.ts'
import type { Context } from '../../core/context.ts'
import { TertuliaError } from '../../core/error.ts'
import { calledWith, id, parseInput } from '../../core/parse.ts'
import type { CallOptions } from '../../core/run.ts'
import { integer, nullable, optional, row, text } from '../../core/shape.ts'
import { type SongSnapshot, snapshot } from '../history/history.ts'
import { type Song, wholeSong } from '../schema.ts'
import { type SongChanges, songChanges, toFields } from './fields.ts'

const operation = 'songs.update'

/** How to change a song. */
export interface UpdateSongOptions extends CallOptions {
  /** Save only if the song still has this version; otherwise throw a {@link VersionConflict}. */
  expectedVersion?: number | undefined
  /** A note for the history, 1 to 500 characters. */
  summary?: string | undefined
}

/** The error of an update when the song is not at `expectedVersion`. Nothing was saved. */
export interface VersionConflict extends TertuliaError {
  code: 'version_conflict'
  /** The three texts to merge. */
  conflict: {
    /** The song at the expected version; null when upkeep removed it from the history. */
    base: SongSnapshot | null
    /** Your changes. */
    mine: SongChanges
    /** The song now. Merge, and save with its version. */
    theirs: Song
  }
}

/**
 * Returns whether a caught value is a {@link VersionConflict}.
 *
 * @param value - What you caught.
 * @example
 * ```ts
 * import { mergeText } from 'tertulia/diff'
 *
 * const content = '[Am]San Juan y [E7]Boedo antiguo'
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
