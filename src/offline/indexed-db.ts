import { del, get, promisifyRequest, set, type UseStore } from 'idb-keyval'
import type { KeyValueStorage } from '../core/storage.ts'

const table = 'items'

/**
 * A storage in the page's IndexedDB, for `createCache`. Where there is none, as in some private windows, nothing is kept and nothing fails.
 * It asks the browser once not to evict it.
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

  /** Opens the version that is there, whoever made it. If that has no place for this storage, the next version gets one. */
  async function connect(version?: number): Promise<IDBDatabase> {
    const request = indexedDB.open(name, version)
    request.onupgradeneeded = () => {
      const { result } = request
      if (!result.objectStoreNames.contains(table)) result.createObjectStore(table)
    }
    const opening = promisifyRequest(request)
    const blocked = new Promise<never>((_resolve, reject) => {
      // Another tab keeps the version of before open. Nothing waits for that; what opens later is not used.
      request.onblocked = () => {
        reject(new Error(`the database ${name} is blocked`))
        opening.then((late) => late.close())
      }
    })
    const database = await Promise.race([opening, blocked])
    // Browsers close connections behind the page's back, on iOS after a while in the background.
    database.onclose = forget
    // Another tab waits for this connection to end.
    database.onversionchange = () => {
      database.close()
      forget()
    }
    if (database.objectStoreNames.contains(table)) return database
    database.close()
    return connect(database.version + 1)
  }

  async function once<T>(
    mode: IDBTransactionMode,
    act: (store: IDBObjectStore) => T | PromiseLike<T>,
  ): Promise<T> {
    opened ??= connect()
    opened.catch(forget)
    return act((await opened).transaction(table, mode).objectStore(table))
  }

  // Not every closed connection tells of it: the second time is on a new one.
  const use: UseStore = (mode, act) =>
    once(mode, act).catch((error) => {
      if (error?.name !== 'InvalidStateError') throw error
      forget()
      return once(mode, act)
    })

  let isAsked = false
  return {
    getItem: async (key) => (await get<string>(key, use)) ?? null,
    setItem(key, value) {
      if (!isAsked) globalThis.navigator?.storage?.persist?.().catch(() => {})
      isAsked = true
      return set(key, value, use)
    },
    removeItem: (key) => del(key, use),
  }
}
