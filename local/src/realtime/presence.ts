import { randomBytes } from 'node:crypto'
import { type Outgoing, outgoingJson } from './frames.ts'
import type { Hub, Listener } from './hub.ts'

type Meta = Record<string, unknown> & { phx_ref: string }

type Metas = Record<string, { metas: Meta[] }>

/** Who is present where: for each topic, what each channel tracks under its key. */
export interface Presences {
  track(
    topic: string,
    isPrivate: boolean,
    channel: Listener,
    key: string,
    payload: Record<string, unknown>,
  ): void
  untrack(topic: string, isPrivate: boolean, channel: Listener): void
  /** The state of the topic, as JSON text. */
  state(topic: string, isPrivate: boolean): string
}

export function createPresences(hub: Hub): Presences {
  const topics = new Map<string, Map<Listener, { key: string; meta: Meta }>>()
  const nameOf = (topic: string, isPrivate: boolean) => (isPrivate ? `private:${topic}` : `public:${topic}`)
  const announce = (topic: string, isPrivate: boolean, joins: Metas, leaves: Metas) => {
    const make = (): Outgoing =>
      outgoingJson('presence', topic, 'presence_diff', JSON.stringify({ joins, leaves }))
    hub.publish(topic, isPrivate, make)
  }
  return {
    track: (topic, isPrivate, channel, key, payload) => {
      const name = nameOf(topic, isPrivate)
      const present = topics.get(name) ?? new Map<Listener, { key: string; meta: Meta }>()
      topics.set(name, present)
      const before = present.get(channel)
      const previous = before ? { phx_ref_prev: before.meta.phx_ref } : {}
      const meta = { ...payload, ...previous, phx_ref: randomBytes(9).toString('base64url') }
      present.set(channel, { key, meta })
      announce(topic, isPrivate, group([{ key, meta }]), before ? group([before]) : group([]))
    },
    untrack: (topic, isPrivate, channel) => {
      const name = nameOf(topic, isPrivate)
      const present = topics.get(name)
      const before = present?.get(channel)
      if (!present || !before) return
      present.delete(channel)
      if (present.size === 0) topics.delete(name)
      announce(topic, isPrivate, group([]), group([before]))
    },
    state: (topic, isPrivate) => JSON.stringify(group(topics.get(nameOf(topic, isPrivate))?.values() ?? [])),
  }
}

/** Keys come from clients: without a prototype, `__proto__` is a key like any other. */
function group(entries: Iterable<{ key: string; meta: Meta }>): Metas {
  const grouped: Metas = Object.create(null)
  for (const { key, meta } of entries) {
    const entry = grouped[key] ?? { metas: [] }
    entry.metas.push(meta)
    grouped[key] = entry
  }
  return grouped
}
