import type { RealtimeChannel, RealtimeChannelOptions, RealtimeClient } from '@supabase/supabase-js'
import { vi } from 'vitest'

interface Heard {
  type: string
  event: string
  // biome-ignore lint/suspicious/noExplicitAny: payloads are whatever the test sent
  payload?: any
  meta?: { id: string; replayed?: boolean }
}

export interface Watched {
  channel: RealtimeChannel
  /** What the `broadcast` callback received. */
  heard: Heard[]
  /** The payloads of the `system` callback. */
  system: { status: string; message: string; extension: string; channel: string }[]
  statuses: string[]
  errors: string[]
}

/** Subscribes with everything listened to; resolves at once, see `joined`. */
export function watch(
  client: RealtimeClient,
  topic: string,
  config: RealtimeChannelOptions['config'] = {},
): Watched {
  const channel = client.channel(topic, { config })
  const watched: Watched = { channel, heard: [], system: [], statuses: [], errors: [] }
  channel
    .on('broadcast', { event: '*' }, (message) => watched.heard.push(message as unknown as Heard))
    .on('system', {}, (payload) => watched.system.push(payload))
    .subscribe((status, error) => {
      watched.statuses.push(status)
      if (error) watched.errors.push(error.message)
    })
  return watched
}

export async function joined(
  client: RealtimeClient,
  topic: string,
  config: RealtimeChannelOptions['config'] = {},
): Promise<Watched> {
  const watched = watch(client, topic, config)
  await until(() => {
    if (watched.statuses.at(-1) !== 'SUBSCRIBED') {
      throw new Error(`not subscribed to ${topic}: ${watched.statuses} ${watched.errors}`)
    }
  })
  return watched
}

export function until(condition: () => void | Promise<void>, timeout = 10_000): Promise<void> {
  return vi.waitFor(condition, { timeout, interval: 5 })
}
