import { inTurn } from './in-turn.ts'

/**
 * A storage for unsent messages and analytics events: `localStorage`, React Native's `AsyncStorage`, or your own.
 *
 * @example
 * ```ts
 * const items = new Map<string, string>()
 * const storage: KeyValueStorage = {
 *   getItem: (key) => items.get(key) ?? null,
 *   setItem: (key, value) => void items.set(key, value),
 *   removeItem: (key) => void items.delete(key),
 * }
 * const tertulia = createTertulia(supabase, { storage })
 * ```
 */
export interface KeyValueStorage {
  /** Returns the value of a key, or null. */
  getItem(key: string): string | null | Promise<string | null>
  /** Stores a value. Throw or reject when the storage is full. */
  setItem(key: string, value: string): unknown
  /** Removes a key. */
  removeItem(key: string): unknown
  /**
   * Holds an exclusive lock on `name`, across tabs and processes, while `run` executes. Needed when several of them share the storage. The
   * browser's default uses Web Locks.
   */
  lock?<T>(name: string, run: () => Promise<T>): Promise<T>
}

/** A storage with its lock. */
export interface LockedStorage extends Required<KeyValueStorage> {
  /** Whether the storage keeps its values after the client is gone. */
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
