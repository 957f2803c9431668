import { promisifyRequest } from 'idb-keyval'
import type { KeyValueStorage } from '../core/storage.ts'

const table = 'items'

/**
 * A storage in the page's IndexedDB, for `createCache`. Where there is none, as in some private windows, nothing is kept and nothing fails.
 * It asks the browser not to evict it.
 *
 * @param name - The database's name. It belongs to this storage alone. Default `tertulia`.
 * @example
 * ```ts
 * const tertulia = createTertulia(supabase, { cache: createCache(indexedDbStorage()) })
 * ```
 */
export function indexedDbStorage(name = 'tertulia'): KeyValueStorage {
  let opened: Promise<IDBDatabase> | null = null
  const forget = () => {
    opened = null
  }

  /** Opens the version that is there, so it neither waits for an upgrade nor holds one up. */
  async function connect(): Promise<IDBDatabase> {
    const request = indexedDB.open(name)
    request.onupgradeneeded = () => request.result.createObjectStore(table)
    const database = await promisifyRequest(request)
    globalThis.navigator?.storage?.persist?.().catch(() => {})
    // Browsers close connections behind the page's back, on iOS after a while in the background.
    database.onclose = forget
    // Another tab upgrades or deletes it.
    database.onversionchange = () => {
      database.close()
      forget()
    }
    return database
  }

  async function once<T>(act: (items: IDBObjectStore) => Promise<T>): Promise<T> {
    opened ??= connect()
    opened.catch(forget)
    return act((await opened).transaction(table, 'readwrite').objectStore(table))
  }

  // Not every closed connection tells of it: the second time is on a new one.
  const use: typeof once = (act) =>
    once(act).catch((error) => {
      if (error?.name !== 'InvalidStateError') throw error
      forget()
      return once(act)
    })

  const change = (act: (items: IDBObjectStore) => void) =>
    use((items) => {
      act(items)
      return promisifyRequest(items.transaction)
    })

  return {
    getItem: (key) => use((items) => promisifyRequest<string | null>(items.get(key))),
    setItem: (key, value) => change((items) => items.put(value, key)),
    removeItem: (key) => change((items) => items.delete(key)),
  }
}
