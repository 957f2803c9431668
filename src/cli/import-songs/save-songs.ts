import { isTertuliaError } from '../../core/error.ts'
import type { ImportedSong, NewSong, Songs } from '../../songs/index.ts'

/** Codes of failures that pass by themselves. */
const passing = ['unreachable', 'timeout', 'unavailable', 'conflict', 'rate_limited']
const tries = 5
/** When more is asked for, the command ends and says so. */
const longestWaitMs = 60_000

/**
 * Saves a few songs, in their order. What passes by itself is tried again; a time-out with half of them, since a long text
 * takes long. Each song has an id, so that none is added twice.
 */
export async function saveSongs(
  songs: Songs,
  batch: NewSong[],
  wait: (ms: number) => Promise<void>,
): Promise<ImportedSong[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await songs.import(batch)
    } catch (error) {
      if (!isTertuliaError(error) || !passing.includes(error.code) || attempt === tries) throw error
      const pause = error.retryAfterMs ?? 1000 * 2 ** (attempt - 1)
      if (pause > longestWaitMs) throw error
      await wait(pause)
      if (error.code === 'timeout' && batch.length > 1) {
        const half = Math.ceil(batch.length / 2)
        const first = await saveSongs(songs, batch.slice(0, half), wait)
        return [...first, ...(await saveSongs(songs, batch.slice(half), wait))]
      }
    }
  }
}
