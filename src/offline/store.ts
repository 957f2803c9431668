import type { Context } from '../core/context.ts'
import type { KeyValueStorage } from '../core/storage.ts'

/** The limits of a cache: how much it keeps, and for how long. */
export interface Limits {
  conversations?: number | undefined
  bytes?: number | undefined
  maxAgeMs?: number | undefined
  keepAfterSignOut?: boolean | undefined
  version?: string | undefined
}

/** By user and name of a copy: where it is, when the database confirmed it, how many bytes it has. */
type Index = Record<string, [slot: number, contactAt: number, bytes: number]>

/** A copy to keep. */
interface Copy {
  contactAt: number
  /** The answer that brings it back, with so many rows at most. */
  answer(most: number): unknown
  /** How many rows it has. */
  rows: number
  /** The names of the user's other copies that may stay; all without it. */
  alive?: ReadonlySet<string>
}

/** The copies of a device, in a fixed number of places, so that removing them needs no list. Nothing in it ever rejects. */
export interface Store {
  load(owner: string, name: string): Promise<unknown>
  save(owner: string, name: string, copy: Copy): Promise<void>
  /** Removes a copy of a user, what has expired, and what belongs to other users. */
  forget(owner: string, name?: string): Promise<void>
  /** Removes everything. */
  clear(): Promise<void>
}

/** The form of what is stored. What has another one, of an earlier or a later version, is no copy. */
const form = '1 '

/** Tells a damaged value from a whole one (FNV-1a). */
function seal(key: string, text: string): string {
  let sum = 0x811c9dc5
  const all = form + key + text
  for (let at = 0; at < all.length; at++) sum = Math.imul(sum ^ all.charCodeAt(at), 0x01000193)
  return (sum >>> 0).toString(16).padStart(8, '0') + text
}

const keyOf = (owner: string, name: string) => `${owner} ${name}`

export function createStore(
  { project, clock }: Context,
  storage: KeyValueStorage,
  {
    conversations = 20,
    bytes: mostBytes = 4e6,
    maxAgeMs = 30 * 86_400_000,
    version = '',
    keepAfterSignOut,
  }: Limits,
): Store {
  const prefix = `tertulia:${project}:cache:`
  // One more, for the inbox.
  const slots = [...Array(conversations + 1).keys()]
  let last: Promise<unknown> = Promise.resolve()

  const isFresh = (at: number) => Math.abs(clock.now() - at) < maxAgeMs

  /** A stored value, or null when there is none or it is damaged. */
  async function read(place: string | number, key: string): Promise<unknown> {
    try {
      const text = (await storage.getItem(prefix + place))!
      return text === seal(version + key, text.slice(8)) ? JSON.parse(text.slice(8)) : null
    } catch {
      return null
    }
  }
  const write = async (place: string | number, key: string, text: string) =>
    storage.setItem(prefix + place, seal(version + key, text))
  const remove = async (place: string | number) => storage.removeItem(prefix + place)
  const readIndex = async () => ((await read('index', '')) ?? {}) as Index

  async function drop(index: Index, keys: string[]): Promise<void> {
    for (const key of keys) {
      const entry = index[key]
      delete index[key]
      if (entry) await remove(entry[0])
    }
  }

  /** One change at a time, across tabs where the platform can. First it removes the copies that have lost their place. */
  async function change(owner: string, run: (index: Index) => unknown): Promise<void> {
    const locked = async () => {
      const index = await readIndex()
      const before = JSON.stringify(index)
      const mayStay = (key: string) =>
        isFresh(index[key]![1]) &&
        index[key]![0] <= conversations &&
        (keepAfterSignOut || key.startsWith(keyOf(owner, '')))
      await drop(
        index,
        Object.keys(index).filter((key) => !mayStay(key)),
      )
      await run(index)
      const after = JSON.stringify(index)
      if (after !== before) await write('index', '', after)
    }
    const inTurn = () => {
      last = last.then(locked, locked)
      return last
    }
    try {
      await (storage.lock?.(prefix, locked) ??
        globalThis.navigator?.locks?.request(prefix, locked) ??
        inTurn())
    } catch {
      // A full or broken storage: the copy of before stands, or none.
    }
  }

  const removeAll = () => Promise.allSettled(['index', ...slots].map(remove))

  return {
    async load(owner, name) {
      const key = keyOf(owner, name)
      const [slot = 0, contactAt = Number.NaN] = (await readIndex())[key] ?? []
      return isFresh(contactAt) ? read(slot, key) : null
    },
    save: (owner, name, { contactAt, answer, rows, alive }) =>
      change(owner, async (index) => {
        const key = keyOf(owner, name)
        const { [key]: before } = index
        // Another tab has been in touch since.
        if (before && before[1] > contactAt && before[1] <= clock.now()) return
        const isInbox = (one: string) => one.endsWith(' ')
        const others = () => Object.keys(index).filter((one) => one !== key)
        /** Those that go last first: inboxes, then what was open later. */
        const ranked = () => others().sort((a, b) => +isInbox(b) - +isInbox(a) || index[b]![1] - index[a]![1])
        const isGone = (one: string) =>
          one.startsWith(keyOf(owner, '')) && !alive?.has(one.slice(owner.length + 1))
        if (alive) await drop(index, others().filter(isGone))
        let text = ''
        let size = 0
        for (; ; rows >>= 1) {
          text = JSON.stringify(answer(rows))
          size = new TextEncoder().encode(text).length
          if (size <= mostBytes / 4) break
          // Not even without a row.
          if (rows < 2) return drop(index, [key])
        }
        const isFull = () =>
          others().length > conversations ||
          (name !== '' && others().filter((one) => !isInbox(one)).length >= conversations) ||
          others().reduce((sum, one) => sum + index[one]![2], size) > mostBytes
        while (others().length > 0 && isFull()) await drop(index, ranked().slice(-1))
        const taken = others().map((one) => index[one]![0])
        const slot = before?.[0] ?? slots.find((one) => !taken.includes(one))!
        try {
          await write(slot, key, text)
          index[key] = [slot, contactAt, size]
        } catch {
          // Full: room for the next time.
          await drop(index, [key, ...ranked().slice(-1)])
        }
      }),
    forget: (owner, name) => change(owner, (index) => drop(index, [keyOf(owner, String(name))])),
    async clear() {
      // At once, for a lock may be held by a tab that sleeps; and again after what was being written.
      await removeAll()
      await change('', removeAll)
    },
  }
}
