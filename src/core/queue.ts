import type { LockedStorage } from './storage.ts'

/** Makes a list from a list. It may run more than once. */
export type Edit<T> = (list: readonly T[]) => readonly T[]

/** A list that is kept in storage, in order, and shared by all tabs and clients on that storage. */
export interface Queue<T> {
  /** The items, as this client knows them. */
  list(): readonly T[]
  /** Reads what other tabs changed. Never rejects. */
  read(): Promise<void>
  /** Changes some items in memory at once. Resolves when that is stored, or cannot be now. Never rejects. */
  change(ids: Iterable<string>, edit: Edit<T>): Promise<void>
  /** Stores what is not stored yet while a page goes: at once, where the storage answers at once, and without waiting for the lock. */
  storeNow(): void
}

/** Android reads no value beyond 2 MB from AsyncStorage, and a page has 5 MB for everything. */
const mostCharacters = 500_000

/** Removes items. */
export const without =
  (ids: ReadonlySet<string>) =>
  <T extends { id: string }>(list: readonly T[]): readonly T[] =>
    list.filter(({ id }) => !ids.has(id))

/**
 * Opens the queue under a key. A change that the storage does not take is kept in memory, laid over whatever the storage says, and
 * stored with the next change: so nothing is lost while this client lives, and what was removed does not come back.
 *
 * @param keep - Drops what is not worth keeping. Applied to every list.
 * @param changed - Hears of each change, with the items that another tab removed.
 */
export function openQueue<T extends { id: string }>(
  storage: LockedStorage,
  key: string,
  keep: Edit<T> = (list) => list,
  changed: (gone: T[]) => void = () => {},
): Queue<T> {
  let known: readonly T[] = []
  // What is not stored yet, by item.
  const edits = new Map<string, Edit<T>>()

  /** Lays what is not stored over a stored list. A broken value is empty; a value of another shape is a later version's and stays. */
  function lay(text: string | null): readonly T[] {
    let list: unknown = []
    try {
      list = JSON.parse(text ?? '[]')
    } catch {
      // Nothing can be read from it.
    }
    if (!Array.isArray(list)) throw new TypeError(key)
    const valid: readonly T[] = list.filter((item) => typeof item?.id === 'string')
    return keep([...new Set(edits.values())].reduce((rest, edit) => edit(rest), valid))
  }

  async function store(list: readonly T[]): Promise<void> {
    const text = JSON.stringify(list)
    if (text.length > mostCharacters) throw new RangeError(key)
    await (list.length > 0 ? storage.setItem(key, text) : storage.removeItem(key))
  }

  async function sync(reads: boolean): Promise<void> {
    try {
      await storage.lock(`${key}:edit`, async () => {
        // A change before this one stored them all.
        if (!reads && edits.size === 0) return
        const before = known
        known = lay(await storage.getItem(key))
        const ids = new Set(known.map(({ id }) => id))
        // What this client removes meanwhile is not gone by another's hand.
        changed(before.filter(({ id }) => !ids.has(id) && !edits.has(id)))
        if (edits.size === 0) return
        const stored = [...edits]
        await store(known)
        for (const [id, edit] of stored) if (edits.get(id) === edit) edits.delete(id)
      })
    } catch {
      // What is in memory has to do.
      changed([])
    }
  }

  function edit(ids: Iterable<string>, change: Edit<T>): void {
    for (const id of ids) {
      const before = edits.get(id)
      edits.set(id, before ? (list) => change(before(list)) : change)
    }
    known = keep(change(known))
    changed([])
  }

  return {
    list: () => known,
    read: () => sync(true),
    change(ids, change) {
      edit(ids, change)
      return sync(false)
    },
    storeNow() {
      try {
        const text = edits.size > 0 && storage.getItem(key)
        if (!(text instanceof Object) && text !== false) store(lay(text)).catch(() => {})
      } catch {
        // It is stored in its turn, if the page lives on.
      }
    },
  }
}
