import { inTurn } from './in-turn.ts'

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
export interface LockedStorage extends Required<KeyValueStorage> {
  /** Whether it outlives the client. */
  lasts: boolean
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
  const lasting = given ?? findLocalStorage()
  const storage = lasting ?? createMemory()
  const shared = typeof document !== 'undefined' && globalThis.navigator?.locks
  const lock: LockedStorage['lock'] = (name, run) => {
    if (storage.lock) return storage.lock(name, run)
    if (shared) return shared.request(name, run) as ReturnType<typeof run>
    return inTurn(storage, name, run)
  }
  return {
    getItem: (key) => storage.getItem(key),
    setItem: (key, value) => storage.setItem(key, value),
    removeItem: (key) => storage.removeItem(key),
    lock,
    lasts: lasting !== null,
  }
}
