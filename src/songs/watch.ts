import type { Context } from '../core/context.ts'
import type { LiveHandle } from '../live/types.ts'
import { type WatchedState, watchTarget } from '../live/watch-target.ts'
import { type Song, wholeSong } from './schema.ts'

/** The state of a watched song. `closeReason` is `removed` when the user lost the role in the song, or the song was deleted. */
export interface WatchedSongSnapshot extends WatchedState {
  /** The song; null before the first answer, and once the user may not see it. */
  song: Song | null
}

/** A live handle on a song. */
export interface WatchedSong extends LiveHandle<WatchedSongSnapshot> {
  readonly id: string
}

export const watchSong = (context: Context, songId: string): WatchedSong =>
  watchTarget(context, 'songs.watch', 'song', 'watch_song', wholeSong, songId)
