import type { Context } from '../core/context.ts'

/** Sockets that were asked for before. */
const asked = new WeakSet<object>()

/**
 * Asks for the socket where there is none. supabase-js adds its handlers anew at each call and takes none away (2.110 to 2.119), so
 * that hours without a network would leave thousands, each run for each message. What a repeated call adds is taken out again.
 */
export function openSocket({ realtime }: Context['supabase']): void {
  const lists = asked.has(realtime) ? Object.values(realtime.stateChangeCallbacks ?? {}) : []
  const lengths = lists.map((list) => list.length)
  asked.add(realtime)
  realtime.connect()
  lists.forEach((list, n) => {
    list.length = lengths[n] as number
  })
}
