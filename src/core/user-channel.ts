import type { RealtimeChannel } from '@supabase/supabase-js'
import { backoffMs } from './clock.ts'
import type { Context } from './context.ts'
import { findIdentity, onAuthChange } from './identity.ts'

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
}

/**
 * Makes the user channel of a context. It joins with a fresh token, rebuilds itself with jittered backoff whenever it is
 * lost or closed by the server, and leaves nothing behind when the last listener goes.
 */
export function createUserChannel(getContext: () => Context): UserChannel {
  const listeners = new Set<UserChannelListener>()
  let session: { userId: string; end(): void } | null = null

  const tell = (notify: (listener: UserChannelListener) => void) => {
    for (const listener of [...listeners]) notify(listener)
  }

  const signOut = () => {
    session?.end()
    session = null
    const ended = [...listeners]
    listeners.clear()
    for (const listener of ended) listener.onSignedOut()
  }

  return {
    listen(userId, listener) {
      if (session && session.userId !== userId) signOut()
      listeners.add(listener)
      if (session === null) session = { userId, end: keepJoined(getContext(), userId, tell, signOut) }
      else if (joined(getContext(), userId)) listener.onJoined()
      return () => {
        listeners.delete(listener)
        if (listeners.size > 0 || session?.userId !== userId) return
        session.end()
        session = null
      }
    },
  }
}

const topicOf = (userId: string) => `user:${userId}`

function findChannel(context: Context, userId: string): RealtimeChannel | undefined {
  return context.supabase.getChannels().find((channel) => channel.subTopic === topicOf(userId))
}

function joined(context: Context, userId: string): boolean {
  return findChannel(context, userId)?.state === 'joined'
}

/** Keeps the channel joined until the returned function is called. */
function keepJoined(
  context: Context,
  userId: string,
  tell: (notify: (listener: UserChannelListener) => void) => void,
  signOut: () => void,
): () => void {
  let ended = false
  let attempt = 0
  // Events of a channel that was given up are told by a number that is no longer the current one.
  let generation = 0
  let cancelRetry = () => {}

  async function join(): Promise<void> {
    const mine = ++generation
    const stale = () => ended || mine !== generation
    try {
      const left = findChannel(context, userId)
      if (left) await context.supabase.removeChannel(left)
      if (stale()) return
      const identity = await findIdentity(context, 'user channel')
      if (stale()) return
      if (identity?.userId !== userId) return signOut()
      // The first join carries no token otherwise.
      await context.supabase.realtime.setAuth()
    } catch {
      if (!stale()) lose()
      return
    }
    if (stale()) return
    context.supabase
      .channel(topicOf(userId), { config: { private: true } })
      .on('broadcast', { event: '*' }, ({ event, payload }) => {
        if (!stale()) tell((listener) => listener.onEvent(event, payload))
      })
      .subscribe((status) => {
        if (stale()) return
        if (status !== 'SUBSCRIBED') return lose()
        attempt = 0
        tell((listener) => listener.onJoined())
      })
  }

  function lose(): void {
    generation++
    cancelRetry()
    tell((listener) => listener.onLost())
    if (ended) return
    cancelRetry = context.clock.after(backoffMs(attempt++, context.random), () => void join())
  }

  const stopWatchingAuth = onAuthChange(context, (current) => {
    if (!ended && current !== userId) signOut()
  })
  const stopWatchingWake = context.lifecycle.onWake(() => {
    if (ended || joined(context, userId)) return
    attempt = 0
    cancelRetry()
    void join()
  })
  void join()

  return () => {
    ended = true
    generation++
    cancelRetry()
    stopWatchingAuth()
    stopWatchingWake()
    const left = findChannel(context, userId)
    if (left) void context.supabase.removeChannel(left)
  }
}
