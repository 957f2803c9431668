import type { Context } from '../core/context.ts'
import { notifyAll } from '../core/notify.ts'
import { joinTopic } from './topic.ts'

type Listener = (people: string[]) => void

interface Presence {
  join(listener: Listener): () => void
}

/** supabase-js has one channel a topic, and several handles may be at one song: they share it. */
const presences = new WeakMap<Context['supabase'], Map<string, Presence>>()

/**
 * Shows that the user has a song open, and reports the ids of the others, as their clients say. Returns what ends it. Nothing else depends
 * on it: a channel that cannot be joined, or is lost, shows no user until it is joined again.
 */
export function joinPresence(
  context: Context,
  topic: string,
  userId: string,
  listener: Listener,
): () => void {
  const open = presences.get(context.supabase) ?? new Map<string, Presence>()
  presences.set(context.supabase, open)
  // Not another person's, who leaves it just now.
  const key = `${userId} ${topic}`
  const presence = open.get(key) ?? openPresence(context, topic, userId, () => open.delete(key))
  open.set(key, presence)
  return presence.join(listener)
}

function openPresence(context: Context, topic: string, userId: string, ended: () => void): Presence {
  const listeners = new Set<Listener>()
  let people: string[] = []
  const tell = (now: string[]) => {
    people = now
    notifyAll(listeners, (listener) => listener(now))
  }
  const channel = joinTopic(context, userId, topic, {
    onJoined() {},
    onLost: () => tell([]),
    onEvent() {},
    onPresence: (userIds) => tell(userIds.filter((one) => one !== userId)),
  })
  return {
    join(listener) {
      listeners.add(listener)
      // The first handle has reported it already.
      if (people.length > 0) listener(people)
      return () => {
        if (!listeners.delete(listener) || listeners.size > 0) return
        ended()
        channel.end()
      }
    },
  }
}
