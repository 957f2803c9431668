import type { Context } from '../core/context.ts'
import { onSignedOut } from '../core/identity.ts'
import { notifyAll } from '../core/notify.ts'
import { joinTopic, type Topic } from './topic.ts'
import type { UserChannel, UserChannelListener } from './types.ts'

/** Makes the user channel of a client. It leaves nothing behind when the last listener goes. */
export function createUserChannel(context: Context): UserChannel {
  const listeners = new Set<UserChannelListener>()
  let session: (Topic & { userId: string }) | null = null

  function signOut(): void {
    session?.end()
    session = null
    const ended = [...listeners]
    listeners.clear()
    notifyAll(ended, (listener) => listener.onSignedOut())
  }

  function begin(userId: string) {
    const channel = joinTopic(context, userId, `user:${userId}`, {
      onJoined: () => notifyAll(listeners, (listener) => listener.onJoined()),
      onLost: () => notifyAll(listeners, (listener) => listener.onLost()),
      onEvent: (event, payload) => notifyAll(listeners, (listener) => listener.onEvent(event, payload)),
    })
    const stopWatchingAuth = onSignedOut(context, userId, () => session === begun && signOut())
    const begun = {
      ...channel,
      userId,
      end() {
        stopWatchingAuth()
        channel.end()
      },
    }
    return begun
  }

  return {
    listen(userId, listener) {
      if (session && session.userId !== userId) signOut()
      listeners.add(listener)
      if (session === null) session = begin(userId)
      else if (session.isJoined()) listener.onJoined()
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
