import type { Context } from '../../core/context.ts'
import { type ErrorCode, retryableCodes } from '../../core/error-codes.ts'
import { toTertuliaError } from '../../core/map-error.ts'
import type { Song } from '../schema.ts'
import type { SongChanges } from '../songs/fields.ts'
import { isVersionConflict, updateSong } from '../songs/update.ts'
import type { SongDraft } from './schema.ts'

/** How a draft ended, or in which state it stays. */
export type Sent = { song: Song } | Pick<SongDraft, 'state' | 'code' | 'conflict'>

/** Codes that tell of the session or of the way to the database, not of the draft. */
const passing: readonly ErrorCode[] = [
  ...retryableCodes,
  'aborted',
  'not_signed_in',
  'session_expired',
  'schema_outdated',
  'invalid_answer',
  'invalid_key',
  'unknown',
]

/** Whether a song has what was to be changed: an answer may have been lost on its way. */
const has = (song: Song, changes: SongChanges) =>
  Object.entries(changes).every(
    ([field, value]) => value !== null && JSON.stringify(song[field as keyof Song]) === JSON.stringify(value),
  )

/** Saves a draft. Rejects when the database cannot be reached now. */
export async function sendDraft(
  context: Context,
  { songId, changes, baseVersion }: SongDraft,
  signal: AbortSignal,
): Promise<Sent> {
  try {
    return { song: await updateSong(context, songId, changes, { expectedVersion: baseVersion, signal }) }
  } catch (thrown) {
    if (isVersionConflict(thrown)) {
      const { base, theirs } = thrown.conflict
      if (has(theirs, changes)) return { song: theirs }
      return { state: 'conflict', code: null, conflict: { base, theirs } }
    }
    const error = toTertuliaError('kept.edit', thrown, true)
    if (passing.includes(error.code)) throw error
    return { state: 'refused', code: error.code, conflict: null }
  }
}
