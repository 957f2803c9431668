import { call } from '../core/call.ts'
import { backoffMs } from '../core/clock.ts'
import type { Context } from '../core/context.ts'
import type { TertuliaError } from '../core/error.ts'
import { requireIdentity } from '../core/identity.ts'
import { toTertuliaError } from '../core/map-error.ts'
import { notifyAll } from '../core/notify.ts'
import { id as idSchema, parseInput } from '../core/parse.ts'
import { integer, nullable, type Reader, row, text } from '../core/shape.ts'
import type { CloseReason } from '../core/user-channel.ts'
import { joinPresence } from './presence.ts'
import { type Song, wholeSong } from './schema.ts'

const operation = 'songs.watch'
/** A watch lasts 90 s in the database. */
const renewMs = 30_000

/** What an open song shows; another object with each change. */
export interface WatchedSongSnapshot {
  /** `offline` while changes may be missed; what was missed is fetched before it is `live` again. */
  status: 'connecting' | 'live' | 'offline' | 'closed'
  /** `removed`: one has no role in the song any more, or it is gone. */
  closeReason: CloseReason | 'removed' | 'error' | null
  error: TertuliaError | null
  song: Song | null
  /** One's own role; null before the first answer. */
  role: 'owner' | 'admin' | 'edit' | 'view' | null
  /** The ids of the others who have the song open, as they say themselves. */
  others: string[]
}

/** A song that is kept as the database has it. */
export interface WatchedSong {
  readonly id: string
  getSnapshot(): WatchedSongSnapshot
  /** Calls back after each change; returns what ends that. */
  subscribe(listener: () => void): () => void
  close(): void
}

const answerRow = row({
  role: text() as Reader<NonNullable<WatchedSongSnapshot['role']>>,
  version: integer(),
  liveKey: text(),
  song: nullable(wholeSong),
})

/**
 * Keeps a song in which one has a role as the database has it, and tells who else has it open. A change is heard within the
 * moment; one whose broadcast is lost is found within 30 s. Whoever loses the role is told, sees `removed` and the song
 * no more.
 *
 * Failures show in the snapshot: `song_not_found` and `not_signed_in` close it, after any other it is tried again.
 *
 * @throws `invalid_input` for an id that is not a UUID.
 * @example
 * ```ts
 * const watched = tertulia.songs.watch(song.id)
 * const stop = watched.subscribe(() => render(watched.getSnapshot()))
 * watched.close()
 * ```
 */
export function watchSong(context: Context, songId: string): WatchedSong {
  const id = parseInput(operation, idSchema, songId).toLowerCase()
  const listeners = new Set<() => void>()
  const aborter = new AbortController()
  let snapshot: WatchedSongSnapshot = {
    status: 'connecting',
    closeReason: null,
    error: null,
    song: null,
    role: null,
    others: [],
  }
  let isJoined = false
  let running = false
  let again = false
  let attempt = 0
  let topic = ''
  let leave = () => {}
  let cancelNext = () => {}
  const ends: (() => void)[] = []

  function show(change: Partial<WatchedSongSnapshot>): void {
    if (snapshot.status === 'closed') return
    snapshot = { ...snapshot, ...change }
    notifyAll(listeners, (listener) => listener())
  }

  function end(
    closeReason: NonNullable<WatchedSongSnapshot['closeReason']>,
    error: TertuliaError | null = null,
  ): void {
    if (snapshot.status === 'closed') return
    cancelNext()
    aborter.abort()
    for (const stop of ends.splice(0)) stop()
    leave()
    // What one person saw is not for the next, nor for whoever was put out.
    const song = closeReason === 'closed' || closeReason === 'error' ? snapshot.song : null
    show({ status: 'closed', closeReason, error, song, others: [] })
  }

  async function synchronise(userId: string): Promise<void> {
    if (running) {
      again = true
      return
    }
    running = true
    cancelNext()
    try {
      const input = { songId: id, knownVersion: snapshot.song?.version }
      const answer = await call(context, operation, aborter, 'watch_song', input, answerRow)
      if (snapshot.status === 'closed') return
      attempt = 0
      show({
        status: isJoined ? 'live' : 'offline',
        error: null,
        role: answer.role,
        song: answer.song ?? snapshot.song,
      })
      const next = `song:${id}:${answer.liveKey}`
      if (next !== topic) {
        leave()
        topic = next
        leave = joinPresence(context, topic, userId, (others) => show({ others }))
      }
      cancelNext = context.clock.after(renewMs, () => void synchronise(userId))
    } catch (thrown) {
      const error = toTertuliaError(operation, thrown, true)
      if (snapshot.status === 'closed') return
      if (error.code === 'song_not_found') return end(snapshot.song ? 'removed' : 'error', error)
      show({ status: 'offline', error })
      cancelNext = context.clock.after(backoffMs(attempt++, context.random), () => void synchronise(userId))
    } finally {
      running = false
      if (again) {
        again = false
        void synchronise(userId)
      }
    }
  }

  async function start(): Promise<void> {
    const { userId } = await requireIdentity(context, operation)
    if (snapshot.status === 'closed') return
    const catchUp = () => void synchronise(userId)
    ends.push(
      context.lifecycle.onWake(catchUp),
      context.userChannel.listen(userId, {
        onJoined() {
          isJoined = true
          catchUp()
        },
        onLost() {
          isJoined = false
          show({ status: 'offline' })
        },
        onEvent(event, payload) {
          // Notices of this song may say that one's own role has changed.
          if ((payload as { song_id?: unknown })?.song_id === id && /^(song|notice)$/.test(event)) catchUp()
        },
        onSignedOut: () => end('signed-out'),
      }),
    )
    catchUp()
  }
  start().catch((thrown) => end('error', toTertuliaError(operation, thrown, false)))

  return {
    id,
    getSnapshot: () => snapshot,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: () => end('closed'),
  }
}
