import { call, type FunctionName } from '../core/call.ts'
import { pause } from '../core/clock.ts'
import type { Context } from '../core/context.ts'
import { id as idSchema, parseInput } from '../core/parse.ts'
import { integer, nullable, type Reader, row, text } from '../core/shape.ts'
import { createLive, type Live } from './handle.ts'
import { joinPresence } from './presence.ts'
import type { LiveHandle, LiveState } from './types.ts'

/** A watch lasts 90 s in the database. */
const renewMs = 30_000

/** The state of what is watched, but for the thing itself. */
export interface WatchedState<Role = 'owner' | 'admin' | 'edit' | 'view'> extends LiveState<'removed'> {
  /** The user's role; null before the first answer. */
  role: Role | null
  /** Ids of the other users who have it open, as their clients say. */
  others: readonly string[]
}

/** Watches a song, a setlist or a circle: what differs is the word for it. */
export function watchTarget<Kind extends string, T, Role = 'owner' | 'admin' | 'edit' | 'view'>(
  context: Context,
  operation: string,
  kind: Kind,
  name: FunctionName,
  reader: Reader<T>,
  targetId: string,
): LiveHandle<WatchedState<Role> & Record<Kind, T | null>> & { readonly id: string } {
  type Snapshot = WatchedState<Role> & Record<Kind, T | null>
  const id = parseInput(operation, idSchema, targetId)
  const answerRow = row({
    role: text() as Reader<Role>,
    version: integer(),
    liveKey: text(),
    [kind]: nullable(reader),
  }) as unknown as Reader<{ role: Role; version: number; liveKey: string } & Record<Kind, T | null>>
  let userId = ''
  let target: T | null = null
  let version: number | undefined
  /** The newest version that an event told of. */
  let heard = 0
  let role: Role | null = null
  let others: string[] = []
  let topic = ''
  let leave = () => {}
  let cancelRenewal = () => {}

  const live: Live<Snapshot> = createLive<'removed', Snapshot>(context, operation, {
    begin(signedIn) {
      userId = signedIn
      return []
    },
    hear(event, payload) {
      const about = payload as Record<string, unknown> | null
      if (about?.[`${kind}_id`] !== id) return
      // A notice about it may say that the user's role has changed.
      if (event !== kind && event !== 'notice') return
      const told = Number(about.version) || 0
      heard = Math.max(heard, told)
      void live.catchUp()
      // There is no version to wait for, and an event may come a moment before the database shows its change.
      if (!told) void pause(context.clock, 1_000, live.request.signal).then(live.look)
    },
    async synchronise() {
      const input = { [`${kind}Id`]: id, knownVersion: version }
      const answer = await call(context, operation, live.request, name, input as never, answerRow)
      if (live.isClosed()) return 'complete'
      const isNews = answer[kind] !== null || answer.role !== role
      role = answer.role
      target = answer[kind] ?? target
      version = answer.version
      showPresenceAt(`${kind}:${id}:${answer.liveKey}`)
      if (isNews) live.changed()
      // An event may come a moment before the database shows its change.
      return answer.version < heard ? 'gap' : 'complete'
    },
    onComplete() {
      cancelRenewal()
      cancelRenewal = context.clock.after(renewMs, () => void live.look())
    },
    reasonOf({ code }) {
      if (code !== `${kind}_not_found`) return null
      return target ? 'removed' : 'error'
    },
    onEnded(reason) {
      cancelRenewal()
      leave()
      others = []
      // What one user saw is not for the next, nor for a user who lost the role.
      if (reason !== 'closed' && reason !== 'error') target = null
    },
    snapshot: (state) => ({ ...state, [kind]: target, role, others }) as Snapshot,
  })

  /** Joins the topic of the users who have it open, instead of the topic before. */
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
