import { call } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import { id as idSchema, parseInput } from '../core/parse.ts'
import { integer, nullable, type Reader, row, text } from '../core/shape.ts'
import { createLive, type Live } from '../live/handle.ts'
import { joinPresence } from '../live/presence.ts'
import type { LiveHandle, LiveState } from '../live/types.ts'
import { type Song, wholeSong } from './schema.ts'

const operation = 'songs.watch'
/** A watch lasts 90 s in the database. */
const renewMs = 30_000

/** The state of a watched song. `closeReason` is `removed` when the user lost the role in the song, or the song was deleted. */
export interface WatchedSongSnapshot extends LiveState<'removed'> {
  /** Null before the first answer, and once the user may not see it. */
  song: Song | null
  /** The user's role in the song; null before the first answer. */
  role: 'owner' | 'admin' | 'edit' | 'view' | null
  /** Ids of the other users who have the song open, as their clients say. */
  others: readonly string[]
}

/** A live handle on a song. */
export interface WatchedSong extends LiveHandle<WatchedSongSnapshot> {
  readonly id: string
}

const answerRow = row({
  role: text() as Reader<NonNullable<WatchedSongSnapshot['role']>>,
  version: integer(),
  liveKey: text(),
  song: nullable(wholeSong),
})

export function watchSong(context: Context, songId: string): WatchedSong {
  const id = parseInput(operation, idSchema, songId)
  let userId = ''
  let song: Song | null = null
  let role: WatchedSongSnapshot['role'] = null
  let others: string[] = []
  let topic = ''
  let leave = () => {}
  let cancelRenewal = () => {}

  const live: Live<WatchedSongSnapshot> = createLive<'removed', WatchedSongSnapshot>(context, operation, {
    begin(signedIn) {
      userId = signedIn
      return []
    },
    hear(event, payload) {
      // A notice of this song may say that the user's role has changed.
      if ((payload as { song_id?: unknown })?.song_id === id && /^(song|notice)$/.test(event))
        void live.catchUp()
    },
    async synchronise() {
      const input = { songId: id, knownVersion: song?.version }
      const answer = await call(context, operation, live.request, 'watch_song', input, answerRow)
      if (live.isClosed()) return 'complete'
      const isNews = answer.song !== null || answer.role !== role
      role = answer.role
      song = answer.song ?? song
      showPresenceAt(`song:${id}:${answer.liveKey}`)
      if (isNews) live.changed()
      return 'complete'
    },
    onComplete() {
      cancelRenewal()
      cancelRenewal = context.clock.after(renewMs, () => void live.look())
    },
    reasonOf({ code }) {
      if (code !== 'song_not_found') return null
      return song ? 'removed' : 'error'
    },
    onEnded(reason) {
      cancelRenewal()
      leave()
      others = []
      // What one user saw is not for the next, nor for a user who lost the role.
      if (reason !== 'closed' && reason !== 'error') song = null
    },
    snapshot: (state) => ({ ...state, song, role, others }),
  })

  /** Joins the topic of the users who have the song open, instead of the topic before. */
  function showPresenceAt(next: string): void {
    if (next === topic) return
    leave()
    topic = next
    leave = joinPresence(context, topic, userId, (present) => {
      others = present
      live.changed()
    })
  }

  return { id, getSnapshot: live.getSnapshot, subscribe: live.subscribe, close: live.close }
}
