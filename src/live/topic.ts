import type { RealtimeChannel } from '@supabase/supabase-js'
import { backoffMs, systemClock } from '../core/clock.ts'
import type { Context } from '../core/context.ts'
import { findIdentity } from '../core/identity.ts'
import { uuid } from '../core/parse.ts'
import { openSocket } from './socket.ts'
import type { TopicListener } from './types.ts'

/** A private channel that is kept joined. */
export interface Topic {
  isJoined(): boolean
  /** Sends to the others, if it is joined now. */
  send(event: string, payload: object): void
  end(): void
}

/** How long a socket that is not open yet is waited for between looks, at first and at most. */
const looks = { first: 20, last: 1_000 }

/**
 * Keeps a private channel joined as this person until `end()`: each time with a token read for that join, rebuilt with jittered
 * backoff whenever it is lost or closed by the server. It ends everything of this user's when another user is signed in.
 */
export function joinTopic(context: Context, userId: string, topic: string, listener: TopicListener): Topic {
  const { supabase, clock } = context
  let ended = false
  let attempt = 0
  // Events of an abandoned channel carry a number that is no longer the current one.
  let generation = 0
  let channel: RealtimeChannel | null = null
  let cancelRetry = () => {}
  let cancelSettled = () => {}

  function leave(): void {
    const left = channel
    channel = null
    if (left) void supabase.removeChannel(left)
  }

  async function join(lookAgainMs = looks.first): Promise<void> {
    const mine = ++generation
    const stale = () => ended || mine !== generation
    try {
      leave()
      // Not before the socket is open: a join that waited for it would go with a token that has ended meanwhile.
      if (!supabase.realtime.isConnected()) {
        openSocket(supabase)
        // In the socket's own time, whatever time the app gives us.
        cancelRetry = systemClock.after(lookAgainMs, () => void join(Math.min(lookAgainMs * 2, looks.last)))
        return
      }
      const identity = await findIdentity(context, 'joining')
      if (stale()) return
      if (identity?.userId !== userId) return context.userChannel.expect(identity?.userId ?? null)
      // The first join carries no token otherwise.
      await supabase.realtime.setAuth()
      if (stale()) return
      // A channel of that name that is not ours is not ours to close; supabase-js would hand us that one.
      if (supabase.getChannels().some(({ subTopic }) => subTopic === topic)) return lose()
      const { onPresence } = listener
      const joining = supabase.channel(topic, {
        config: { private: true, presence: { key: onPresence ? userId : '' } },
      })
      channel = joining
      if (onPresence) {
        joining.on('presence', { event: 'sync' }, () => {
          // Some platforms write ids in capitals.
          if (!stale())
            onPresence(
              Object.keys(joining.presenceState())
                .filter((key) => uuid.test(key))
                .map((key) => key.toLowerCase()),
            )
        })
      }
      joining
        .on('broadcast', { event: '*' }, ({ event, payload }) => {
          if (!stale()) listener.onEvent(event, payload)
        })
        .subscribe((status) => {
          if (stale()) return
          if (status !== 'SUBSCRIBED') return lose()
          // A join that is lost at once is no success: the waits go on growing until one has held.
          cancelSettled = clock.after(5_000, () => {
            attempt = 0
          })
          if (onPresence) void joining.track({})
          listener.onJoined()
        })
    } catch {
      if (!stale()) lose()
    }
  }

  function lose(): void {
    generation++
    cancelRetry()
    cancelSettled()
    // At once: the socket would join it again by itself, with the token of before.
    leave()
    listener.onLost()
    if (ended) return
    cancelRetry = clock.after(backoffMs(attempt++, context.random), () => void join())
  }

  const isJoined = () => channel?.state === 'joined'
  const stopWatchingWake = context.lifecycle.onWake(() => {
    if (ended || isJoined()) return
    attempt = 0
    cancelRetry()
    // A socket that waits to try again does not know that now is the time.
    if (supabase.realtime.isConnected()) void join()
    else void supabase.realtime.disconnect().then(() => void (ended || isJoined() || join()))
  })
  void join()

  return {
    isJoined,
    send(event, payload) {
      if (isJoined()) void channel?.send({ type: 'broadcast', event, payload })
    },
    end() {
      ended = true
      generation++
      cancelRetry()
      cancelSettled()
      stopWatchingWake()
      leave()
    },
  }
}
