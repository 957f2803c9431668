import type { Clock } from '../core/clock.ts'
import { inTurn } from '../core/in-turn.ts'
import type { KeyValueStorage } from '../core/storage.ts'

/** What a cache may hold. */
export interface Limits {
  conversations: number
  bytes: number
  maxAgeMs: number
}

/** By what a copy belongs to: where it is, when the database confirmed it, when it was last opened, how many bytes it has. */
type Index = Record<string, [slot: number, contactAt: number, usedAt: number, bytes: number]>

/** A copy to keep. */
export interface Copy {
  contactAt: number
  usedAt: number
  /** Writes it in at most so many bytes; null when that cannot be. */
  write(most: number): string | null
  /** The names of the user's copies that may stay; all without it. */
  alive?: ReadonlySet<string>
}

/** The copies of a device, in a fixed number of places, so that removing them needs no list. Nothing in it ever rejects. */
export interface Store {
  load(owner: string, name: string): Promise<unknown>
  save(owner: string, name: string, copy: Copy): Promise<void>
  /** Removes a copy, or without a name every copy of all users. */
  forget(owner?: string, name?: string): Promise<void>
  /** Removes what has expired, and with a user what belongs to others. */
  tidy(owner?: string): Promise<void>
}

/** The form of what is stored. What has another one, of an earlier or a later version, is no copy. */
const form = 'tertulia cache 1'

/** Tells a damaged value from a whole one (FNV-1a). */
function hash(text: string): string {
  let sum = 0x811c9dc5
  for (let at = 0; at < text.length; at++) sum = Math.imul(sum ^ text.charCodeAt(at), 0x01000193)
  return (sum >>> 0).toString(16).padStart(8, '0')
}

const keyOf = (owner: string, name: string) => `${owner} ${name}`

export function createStore(
  storage: KeyValueStorage,
  prefix: string,
  version: string,
  clock: Clock,
  limits: Limits,
): Store {
  const slots = limits.conversations + 1
  const seal = (key: string, text: string) => hash(form + version + key + text) + text

  /** A stored value, or null when there is none or it is damaged. */
  async function read(place: string | number, key: string): Promise<unknown> {
    try {
      const text = await storage.getItem(`${prefix}:${place}`)
      if (text && seal(key, text.slice(8)) === text) return JSON.parse(text.slice(8))
    } catch {
      // As if there were none.
    }
    return null
  }
  const write = async (place: string | number, key: string, text: string) => {
    await storage.setItem(`${prefix}:${place}`, seal(key, text))
  }
  const remove = async (place: string | number) => {
    await storage.removeItem(`${prefix}:${place}`)
  }
  const readIndex = async () => ((await read('index', '')) ?? {}) as Index

  const isFresh = (contactAt: number) => Math.abs(clock.now() - contactAt) < limits.maxAgeMs

  /** One change at a time, across tabs where the platform can. */
  async function change(run: (index: Index) => Promise<unknown>): Promise<void> {
    const locked = async () => {
      const index = await readIndex()
      const before = JSON.stringify(index)
      await run(index)
      const after = JSON.stringify(index)
      if (after !== before) await write('index', '', after)
    }
    const locks = globalThis.navigator?.locks
    try {
      await (storage.lock?.(prefix, locked) ??
        locks?.request(prefix, locked) ??
        inTurn(storage, prefix, locked))
    } catch {
      // A full or broken storage: the copy of before stands, or none.
    }
  }

  async function drop(index: Index, keys: string[]): Promise<void> {
    for (const key of keys) {
      const [slot] = index[key] ?? []
      delete index[key]
      if (slot !== undefined) await remove(slot)
    }
  }

  async function clear(): Promise<void> {
    const places = ['index', ...Array.from({ length: slots }, (_, slot) => slot)]
    await Promise.allSettled(places.map(remove))
  }

  return {
    async load(owner, name) {
      const key = keyOf(owner, name)
      const known = (await readIndex())[key]
      return known && isFresh(known[1]) ? read(known[0], key) : null
    },
    save: (owner, name, { contactAt, usedAt, write: compose, alive }) =>
      change(async (index) => {
        const key = keyOf(owner, name)
        const before = index[key]
        // Another tab has been in touch since.
        if (before && before[1] > contactAt && before[1] <= clock.now()) return
        const others = () => Object.keys(index).filter((one) => one !== key)
        const isGone = (one: string) => {
          const [user, other] = one.split(' ') as [string, string]
          return user === owner && other !== '' && !alive!.has(other)
        }
        if (alive) await drop(index, others().filter(isGone))
        await drop(
          index,
          others().filter((one) => index[one]![0] >= slots),
        )
        const text = compose(limits.bytes / 4)
        const bytes = new TextEncoder().encode(text ?? '').length
        const oldest = () => others().sort((a, b) => index[a]![2] - index[b]![2])[0]!
        const isFull = () =>
          others().length >= slots ||
          others().reduce((sum, one) => sum + index[one]![3], bytes) > limits.bytes
        if (text === null) return drop(index, [key])
        while (others().length > 0 && isFull()) await drop(index, [oldest()])
        const taken = others().map((one) => index[one]![0])
        let slot = before?.[0] ?? 0
        while (taken.includes(slot) || slot >= slots) slot = (slot + 1) % slots
        try {
          await write(slot, key, text)
          index[key] = [slot, contactAt, usedAt, bytes]
        } catch {
          // Full: room for the next time.
          await drop(index, [key, oldest()])
        }
      }),
    async forget(owner, name) {
      if (owner !== undefined && name !== undefined)
        return change((index) => drop(index, [keyOf(owner, name)]))
      // At once, for a lock may be held by a tab that sleeps; and again after what was being written.
      await clear()
      await change(async (index) => {
        await clear()
        for (const key in index) delete index[key]
      })
    },
    tidy: (owner) =>
      change((index) =>
        drop(
          index,
          Object.keys(index).filter(
            (key) => !isFresh(index[key]![1]) || (owner !== undefined && !key.startsWith(`${owner} `)),
          ),
        ),
      ),
  }
}
