/**
 * Where unsent messages are kept: `localStorage`, React Native's `AsyncStorage`, or anything else with these methods.
 *
 * @example
 * ```ts
 * import AsyncStorage from '@react-native-async-storage/async-storage'
 *
 * const tertulia = createTertulia(supabase, { storage: AsyncStorage })
 * ```
 */
export interface KeyValueStorage {
  getItem(key: string): string | null | Promise<string | null>
  setItem(key: string, value: string): unknown
  removeItem(key: string): unknown
  /**
   * Runs something while nobody else on the same storage runs anything under that name; needed where several tabs or
   * processes share it. The browser's default uses Web Locks.
   */
  lock?<T>(name: string, run: () => Promise<T>): Promise<T>
}

/** A storage with its lock. */
export type LockedStorage = Required<KeyValueStorage>

/** Runs functions of one name one after the other, within this process. */
function createMutex(): LockedStorage['lock'] {
  const tails = new Map<string, Promise<unknown>>()
  return (name, run) => {
    const result = (tails.get(name) ?? Promise.resolve()).then(run, run)
    tails.set(name, result)
    const forget = () => {
      if (tails.get(name) === result) tails.delete(name)
    }
    result.then(forget, forget)
    return result
  }
}

function findLocalStorage(): KeyValueStorage | null {
  try {
    const storage = globalThis.localStorage
    // Node has one that is of no use without a file to write to; a page has a document.
    return storage && typeof document !== 'undefined' ? storage : null
  } catch {
    // Where storage is forbidden, touching the property throws.
    return null
  }
}

function createMemory(): KeyValueStorage {
  const items = new Map<string, string>()
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => items.set(key, value),
    removeItem: (key) => items.delete(key),
  }
}

/** The given storage, else the page's own, else one that lasts as long as the client; each with a lock. */
export function openStorage(given: KeyValueStorage | undefined): LockedStorage {
  const local = given ? null : findLocalStorage()
  const storage = given ?? local ?? createMemory()
  const shared = local && globalThis.navigator?.locks
  const lock: LockedStorage['lock'] = shared
    ? async (name, run) => shared.request(name, run)
    : (storage.lock?.bind(storage) ?? createMutex())
  return {
    getItem: (key) => storage.getItem(key),
    setItem: (key, value) => storage.setItem(key, value),
    removeItem: (key) => storage.removeItem(key),
    lock,
  }
}
