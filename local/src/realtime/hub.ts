import type { Outgoing } from './frames.ts'

/** Who listens on a topic. */
export interface Listener {
  receive(message: Outgoing): void
}

/** The topics that are listened to. Public and private ones are separate worlds: the same name never meets. */
export interface Hub {
  join(topic: string, isPrivate: boolean, listener: Listener): void
  leave(topic: string, isPrivate: boolean, listener: Listener): void
  /** Nothing is encoded for a topic that nobody listens to, so the message is made only when asked for. */
  publish(topic: string, isPrivate: boolean, make: () => Outgoing | undefined, except?: Listener): void
}

export function createHub(): Hub {
  const topics = new Map<string, Set<Listener>>()
  const nameOf = (topic: string, isPrivate: boolean) => (isPrivate ? `private:${topic}` : `public:${topic}`)
  return {
    join: (topic, isPrivate, listener) => {
      const name = nameOf(topic, isPrivate)
      const listeners = topics.get(name) ?? new Set()
      topics.set(name, listeners.add(listener))
    },
    leave: (topic, isPrivate, listener) => {
      const name = nameOf(topic, isPrivate)
      const listeners = topics.get(name)
      listeners?.delete(listener)
      if (listeners?.size === 0) topics.delete(name)
    },
    publish: (topic, isPrivate, make, except) => {
      const listeners = topics.get(nameOf(topic, isPrivate))
      if (!listeners) return
      const message = make()
      if (!message) return
      // A copy: a listener that is cut off while receiving leaves the set.
      for (const listener of [...listeners]) if (listener !== except) listener.receive(message)
    },
  }
}
