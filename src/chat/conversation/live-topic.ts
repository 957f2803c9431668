import type { Context } from '../../core/context.ts'
import { notifyAll } from '../../core/notify.ts'
import { id } from '../../core/parse.ts'
import { flag, readOrNull, row } from '../../core/shape.ts'
import { joinTopic } from '../../live/topic.ts'

/** Called when who types or is present has changed. */
type LiveListener = () => void

/** Typing and presence of an open conversation. Each client sends its own state, and the database stores nothing. */
interface LiveTopic {
  /** Others who type, or say so. */
  typing(): string[]
  /** Others who have it open, or say so. */
  present(): string[]
  /** A user has sent what they were typing. */
  silence(userId: string): void
  /** The user types, or has stopped. The other users receive this at most every 3 s. */
  setTyping(typing: boolean): void
}

interface Session extends LiveTopic {
  listeners: Set<LiveListener>
  /** The last to leave ends it. */
  leave(listener: LiveListener): void
}

/** Least time between two words to the others. Who has not typed for so long has stopped. */
const tellEveryMs = 3_000
/** A connection has a hundred channels, and the one that brings the messages must find room. */
const mostTopics = 50
/** How long a user counts as typing: until their next event, and the time that it takes to arrive. */
const holdsMs = 5_000

const said = row({ userId: id, typing: flag })

/** Of each supabase-js client, by topic: however many show a conversation, there is one channel. */
const sessions = new WeakMap<object, Map<string, Session>>()

/** Where one takes part in what passes: on the topic of a conversation's key of now, and on no other. */
export interface LivePlace {
  topic(): LiveTopic | null
  /** Leaves the topic of another key, and joins that of this one. */
  moveTo(key: string | null, userId?: string | null): void
}

export function createLivePlace(context: Context, conversationId: string, listener: LiveListener): LivePlace {
  let current: string | null = null
  let session: Session | null = null
  return {
    topic: () => session,
    moveTo(key, userId) {
      if (key === current) return
      session?.leave(listener)
      current = key
      session =
        key && userId ? join(context, userId, `conversation:${conversationId}:${key}`, listener) : null
    },
  }
}

function join(context: Context, userId: string, topic: string, listener: LiveListener): Session | null {
  const all = sessions.get(context.supabase) ?? new Map<string, Session>()
  sessions.set(context.supabase, all)
  // Not another person's, who leaves it just now.
  const key = `${userId} ${topic}`
  if (!all.has(key) && all.size >= mostTopics) return null
  const session = all.get(key) ?? openSession(context, userId, topic, () => all.delete(key))
  all.set(key, session)
  session.listeners.add(listener)
  return session
}

function openSession(context: Context, userId: string, topic: string, ended: () => void): Session {
  const { clock } = context
  const listeners = new Set<LiveListener>()
  const typing = new Map<string, () => void>()
  let present: string[] = []
  const changed = () => notifyAll(listeners, (listener) => listener())

  function setOtherTyping(other: string, now: boolean): void {
    const expire = typing.get(other)
    expire?.()
    if (now)
      typing.set(
        other,
        clock.after(holdsMs, () => setOtherTyping(other, false)),
      )
    else typing.delete(other)
    if (now !== (expire !== undefined)) changed()
  }

  const channel = joinTopic(context, userId, topic, {
    onJoined() {},
    onLost() {
      present = []
      changed()
    },
    onPresence(userIds) {
      present = userIds.filter((one) => one !== userId)
      changed()
    },
    onEvent(_event, payload) {
      const word = readOrNull(said, payload)
      if (word && word.userId !== userId) setOtherTyping(word.userId, word.typing)
    },
  })

  // The state that was sent last, and the state to send when the limit allows it.
  let told = false
  let wanted = false
  let resting = false
  let cancelRest = () => {}

  function tell(): void {
    if (resting || (!wanted && !told)) return
    channel.send('live', { user_id: userId, typing: wanted })
    told = wanted
    // To be typing still takes another keystroke until then.
    wanted = false
    resting = true
    cancelRest = clock.after(tellEveryMs, () => {
      resting = false
      tell()
    })
  }

  return {
    listeners,
    typing: () => [...typing.keys()],
    present: () => present,
    silence: (other) => setOtherTyping(other, false),
    setTyping(now) {
      wanted = now
      tell()
    },
    leave(listener) {
      listeners.delete(listener)
      if (listeners.size > 0) return
      ended()
      cancelRest()
      for (const cancel of typing.values()) cancel()
      channel.end()
    },
  }
}
