import type { RealtimeChannel } from '@supabase/supabase-js'
import { backoffMs } from './clock.ts'
import type { Context } from './context.ts'
import { findIdentity, onSignedOut } from './identity.ts'
import { notifyAll } from './notify.ts'

/** Why a live handle ended. */
export type CloseReason = 'closed' | 'signed-out'

/** What a listener of the user channel hears. */
interface UserChannelListener {
  /** The channel is joined, for the first time or again: whatever was sent before may have been missed. */
  onJoined(): void
  /** The channel is not joined; it is being rebuilt. */
  onLost(): void
  /** A broadcast from the database. A hint: it may be lost, repeated, late or out of order. */
  onEvent(event: string, payload: unknown): void
  /** The person signed out or another signed in; nothing more will come. */
  onSignedOut(): void
}

/** The one private channel `user:<id>` that carries every domain's events, open while somebody listens. */
export interface UserChannel {
  /** Listens as this person; returns what ends it. */
  listen(userId: string, listener: UserChannelListener): () => void
  /** Ends it for everybody when it is another person's: somebody else is signed in now. */
  expect(userId: string | null): void
}

/**
 * Makes the user channel of a client. It joins with a fresh token, rebuilds itself with jittered backoff whenever it is
 * lost or closed by the server, and leaves nothing behind when the last listener goes.
 */
export function createUserChannel(context: Context): UserChannel {
  const listeners = new Set<UserChannelListener>()
  let session: { userId: string; isJoined(): boolean; end(): void } | null = null

  function signOut(): void {
    session?.end()
    session = null
    const ended = [...listeners]
    listeners.clear()
    notifyAll(ended, (listener) => listener.onSignedOut())
  }

  return {
    listen(userId, listener) {
      if (session && session.userId !== userId) signOut()
      listeners.add(listener)
      if (session === null) {
        session = keepJoined(context, userId, (notify) => notifyAll(listeners, notify), signOut)
      } else if (session.isJoined()) listener.onJoined()
      return () => {
        listeners.delete(listener)
        if (listeners.size > 0 || session?.userId !== userId) return
        session.end()
        session = null
      }
    },
    expect(userId) {
      if (session && session.userId !== userId) signOut()
    },
  }
}

/** Keeps the channel joined until `end()`. */
function keepJoined(
  context: Context,
  userId: string,
  tell: (notify: (listener: UserChannelListener) => void) => void,
  signOut: () => void,
) {
  const topic = `user:${userId}`
  let ended = false
  let attempt = 0
  // What a channel says that was given up is told by a number that is no longer the current one.
  let generation = 0
  let channel: RealtimeChannel | null = null
  let cancelRetry = () => {}
  let cancelSettled = () => {}

  async function leave(): Promise<void> {
    const left = channel
    channel = null
    if (left) await context.supabase.removeChannel(left)
  }

  async function join(): Promise<void> {
    const mine = ++generation
    const stale = () => ended || mine !== generation
    try {
      await leave()
      if (stale()) return
      const identity = await findIdentity(context, 'user channel')
      if (stale()) return
      if (identity?.userId !== userId) return signOut()
      // The first join carries no token otherwise.
      await context.supabase.realtime.setAuth()
      if (stale()) return
      // A channel of that name that is not ours is somebody else's to close; supabase-js would hand us that one.
      if (context.supabase.getChannels().some(({ subTopic }) => subTopic === topic)) return lose()
      channel = context.supabase.channel(topic, { config: { private: true } })
      channel
        .on('broadcast', { event: '*' }, ({ event, payload }) => {
          if (!stale()) tell((listener) => listener.onEvent(event, payload))
        })
        .subscribe((status) => {
          if (stale()) return
          if (status !== 'SUBSCRIBED') return lose()
          // A join that is lost at once is no success: the waits go on growing until one has held.
          cancelSettled = context.clock.after(5_000, () => {
            attempt = 0
          })
          tell((listener) => listener.onJoined())
        })
    } catch {
      if (!stale()) lose()
    }
  }

  function lose(): void {
    generation++
    cancelRetry()
    cancelSettled()
    tell((listener) => listener.onLost())
    if (ended) return
    cancelRetry = context.clock.after(backoffMs(attempt++, context.random), () => void join())
  }

  const isJoined = () => channel?.state === 'joined'
  const stopWatchingAuth = onSignedOut(context, userId, () => !ended && signOut())
  const stopWatchingWake = context.lifecycle.onWake(() => {
    if (ended || isJoined()) return
    attempt = 0
    cancelRetry()
    void join()
  })
  void join()

  return {
    userId,
    isJoined,
    end() {
      ended = true
      generation++
      cancelRetry()
      cancelSettled()
      stopWatchingAuth()
      stopWatchingWake()
      void leave()
    },
  }
}
