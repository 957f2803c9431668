import type { RealtimeChannel } from '@supabase/supabase-js'
import type { AnySupabaseClient, Context } from '../core/context.ts'

interface Presence {
  channel: RealtimeChannel
  listeners: Set<(people: string[]) => void>
}

/** supabase-js has one channel a topic, and several handles may be at one song: they share it. */
const presences = new WeakMap<AnySupabaseClient, Map<string, Presence>>()

/**
 * Shows that one is at a song, and tells who is: ids as they say themselves, one's own left out. Answers what ends it. Nobody
 * depends on it: a channel that does not come about, or is lost, shows nobody.
 */
export function joinPresence(
  { supabase }: Context,
  topic: string,
  userId: string,
  listener: (people: string[]) => void,
): { isLost(): boolean; leave(): void } {
  const open = presences.get(supabase) ?? new Map<string, Presence>()
  presences.set(supabase, open)
  let presence = open.get(topic)
  if (!presence) {
    const channel = supabase.channel(topic, { config: { private: true, presence: { key: userId } } })
    const listeners: Presence['listeners'] = new Set()
    const tell = (people: string[]) => {
      for (const listen of listeners) listen(people)
    }
    presence = { channel, listeners }
    open.set(topic, presence)
    channel
      .on('presence', { event: 'sync' }, () =>
        tell(Object.keys(channel.presenceState()).filter((person) => person !== userId)),
      )
      .subscribe((status) => {
        if (status === 'SUBSCRIBED') void channel.track({})
        else tell([])
      })
  }
  const mine = presence
  mine.listeners.add(listener)
  // Who came first was told already.
  if (mine.channel.state === 'joined')
    listener(Object.keys(mine.channel.presenceState()).filter((person) => person !== userId))
  return {
    isLost: () => mine.channel.state !== 'joined' && mine.channel.state !== 'joining',
    leave() {
      mine.listeners.delete(listener)
      if (mine.listeners.size > 0 || open.get(topic) !== mine) return
      open.delete(topic)
      void supabase.removeChannel(mine.channel)
    },
  }
}
