import { call } from '../../core/call.ts'
import type { Context } from '../../core/context.ts'
import { id as idSchema, parseInput } from '../../core/parse.ts'
import { flag, integer, list, nullable, type Reader, row, text } from '../../core/shape.ts'
import { createLive, type Live } from '../../live/handle.ts'
import type { LiveHandle, LiveState } from '../../live/types.ts'
import { type Comment, comment } from './schema.ts'

/** A watch lasts 90 s in the database. */
const renewMs = 30_000
const secondLookMs = 1_000

/** The state of watched comments. `closeReason` is `removed` when you no longer see the song, or it was deleted. */
export interface WatchedCommentsSnapshot extends LiveState<'removed'> {
  /** The oldest first; a deleted one only while it has replies. Empty before the first answer, and once you may not see the song. */
  comments: readonly Comment[]
  /** Your role in the song; null for a public song in which you have none, and before the first answer. */
  role: 'owner' | 'admin' | 'edit' | 'view' | null
}

/** A live handle on the comments of a song. */
export interface WatchedComments extends LiveHandle<WatchedCommentsSnapshot> {
  readonly songId: string
}

const answerRow = row({
  role: nullable(text() as Reader<'owner' | 'admin' | 'edit' | 'view'>),
  isNew: flag,
  revision: integer(),
  lastRevision: integer(),
  comments: list(comment),
})

export function watchComments(context: Context, songId: string): WatchedComments {
  const operation = 'comments.watch'
  const id = parseInput(operation, idSchema, songId)
  const known = new Map<string, Comment>()
  let shown: readonly Comment[] = []
  let role: WatchedCommentsSnapshot['role'] = null
  let revision = 0
  /** The newest revision that an event told of. */
  let heard = 0
  let isThere = false
  let cancelRenewal = () => {}
  let cancelSecondLook = () => {}

  const live: Live<WatchedCommentsSnapshot> = createLive<'removed', WatchedCommentsSnapshot>(
    context,
    operation,
    {
      begin: () => [],
      hear(event, payload) {
        const about = payload as { song_id?: unknown; revision?: unknown } | null
        if (about?.song_id !== id) return
        if (event === 'comments') heard = Math.max(heard, Number(about.revision) || 0)
        // A change of the song, or a notice about it, may say that the user's role has changed.
        if (event !== 'comments' && event !== 'song' && event !== 'notice') return
        void live.catchUp()
        // Without a number to wait for: the event may come a moment before the database shows its change.
        if (!about.revision) {
          cancelSecondLook()
          cancelSecondLook = context.clock.after(secondLookMs, () => void live.look())
        }
      },
      async synchronise() {
        for (let readsAll = false; ; ) {
          const answer = await ask(readsAll)
          if (live.isClosed()) return 'complete'
          const isNews = answer.isNew || answer.comments.length > 0 || answer.role !== role || !isThere
          if (answer.isNew) known.clear()
          for (const one of answer.comments) known.set(one.id, one)
          isThere = true
          role = answer.role
          revision = answer.revision
          readsAll ||= answer.isNew
          if (isNews) show()
          if (revision >= answer.lastRevision) break
        }
        // An event may come a moment before the database shows its change.
        return revision < heard ? 'gap' : 'complete'
      },
      onComplete() {
        cancelRenewal()
        cancelRenewal = context.clock.after(renewMs, () => void live.look())
      },
      reasonOf({ code }) {
        if (code !== 'song_not_found') return null
        return isThere ? 'removed' : 'error'
      },
      onEnded(reason) {
        cancelRenewal()
        cancelSecondLook()
        // What one user saw is not for the next, nor for a user who lost the song.
        if (reason !== 'closed' && reason !== 'error') shown = []
      },
      snapshot: (state) => ({ ...state, comments: shown, role }),
    },
  )

  const ask = (readsAll: boolean) =>
    call(
      context,
      operation,
      live.request,
      'watch_comments',
      { songId: id, knownRevision: revision, readsAll },
      answerRow,
    )

  function show(): void {
    const all = [...known.values()]
    const answered = new Set(all.flatMap(({ replyTo, deletedAt }) => (replyTo && !deletedAt ? replyTo : [])))
    shown = all
      .filter((one) => !one.deletedAt || answered.has(one.id))
      .sort((a, b) => Number(a.createdAt) - Number(b.createdAt) || (a.id < b.id ? -1 : 1))
    live.changed()
  }

  return { songId: id, getSnapshot: live.getSnapshot, subscribe: live.subscribe, close: live.close }
}
