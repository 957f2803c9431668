import type { LockedStorage } from '../core/storage.ts'
import type { WaitingEvent } from './events.ts'

/** The events of one person, or of nobody signed in, that wait on this device. */
export interface EventQueue {
  /** What waits, as this client knows it. */
  list(): readonly WaitingEvent[]
  /** What waits in the storage, other tabs' events too. */
  read(): Promise<readonly WaitingEvent[]>
  add(event: WaitingEvent): Promise<void>
  remove(ids: ReadonlySet<string>): Promise<void>
  /** Keeps events from being sent again, at once: a request that outlives the page has them. */
  give(ids: ReadonlySet<string>): void
  /** They did not arrive after all. */
  takeBack(ids: ReadonlySet<string>): Promise<void>
  /** Throws away what waits, also what other tabs put there and what is being added at this moment. */
  clear(): Promise<void>
  /** Runs something while no other tab sends these. */
  exclusively(run: () => Promise<void>): Promise<void>
}

/** As many as are kept; the oldest give way. */
const most = 1000
/** What is older would be refused: three days, less an hour for clocks that differ. */
const keepMs = 71 * 3_600_000

/** Opens the queue of that owner; keys name project and person, so that nobody sends what another did. */
export function openQueue(
  storage: LockedStorage,
  project: string,
  owner: string,
  now: () => number,
): EventQueue {
  const key = `tertulia:${project}:${owner}:events`
  let stored: readonly WaitingEvent[] = []
  /** What a full storage did not take: it waits as long as this client. */
  let unsaved: readonly WaitingEvent[] = []
  const givenKey = `${key}:given`
  /** What the last request of a page has, as this client gave it, and as the storage says of others. It waits on, unseen. */
  const given = new Set<string>()
  let marked = new Set<string>()
  const isFree = ({ id }: WaitingEvent) => !given.has(id) && !marked.has(id)

  const idsIn = (text: string | null): string[] => {
    try {
      return [...JSON.parse(text ?? '[]')]
    } catch {
      return []
    }
  }

  async function readAll(): Promise<readonly WaitingEvent[]> {
    try {
      const list = JSON.parse((await storage.getItem(key)) ?? '[]')
      marked = new Set(idsIn(await storage.getItem(givenKey)))
      if (Array.isArray(list)) stored = list.filter((one) => one?.at > now() - keepMs)
    } catch {
      // A storage that fails, or that somebody else wrote to: memory has to do.
    }
    return [...stored, ...unsaved]
  }

  const change = (edit: (list: readonly WaitingEvent[]) => readonly WaitingEvent[]) =>
    storage
      .lock(`${key}:edit`, async () => {
        const list = edit(await readAll()).slice(-most)
        try {
          await (list.length > 0 ? storage.setItem(key, JSON.stringify(list)) : storage.removeItem(key))
          stored = list
          unsaved = []
        } catch {
          const ids = new Set(stored.map(({ id }) => id))
          unsaved = list.filter(({ id }) => !ids.has(id))
          stored = stored.filter(({ id }) => list.some((one) => one.id === id))
        }
      })
      .catch(() => {})

  /** Marks go with their events, and with those that did not arrive. */
  const unmark = (ids: ReadonlySet<string>) =>
    storage
      .lock(`${key}:edit`, async () => {
        for (const id of ids) given.delete(id)
        const list = await readAll()
        if (marked.size === 0) return
        marked = new Set([...marked].filter((id) => !ids.has(id) && list.some((one) => one.id === id)))
        await (marked.size > 0
          ? storage.setItem(givenKey, JSON.stringify([...marked]))
          : storage.removeItem(givenKey))
      })
      .catch(() => {})

  return {
    list: () => [...stored, ...unsaved].filter(isFree),
    read: async () => (await readAll()).filter(isFree),
    add: (event) => change((list) => [...list, event]),
    async remove(ids) {
      await change((list) => list.filter(({ id }) => !ids.has(id)))
      if (given.size > 0 || marked.size > 0) await unmark(ids)
    },
    give(ids) {
      for (const id of ids) given.add(id)
      try {
        // Not waited for: the page goes. localStorage answers and has it at once.
        const said = storage.getItem(givenKey)
        const known = typeof said === 'string' || said === null ? idsIn(said) : marked
        Promise.resolve(said).catch(() => {})
        const all = JSON.stringify([...new Set([...known, ...ids])])
        Promise.resolve(storage.setItem(givenKey, all)).catch(() => {})
      } catch {
        // Holds as long as this client.
      }
    },
    takeBack: unmark,
    async clear() {
      await change(() => [])
      if (given.size > 0 || marked.size > 0) await unmark(new Set(given))
    },
    exclusively: (run) => storage.lock(`${key}:send`, run),
  }
}
