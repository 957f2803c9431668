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
  takeBack(events: readonly WaitingEvent[]): Promise<void>
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
  /** What a page that went gave to its last request: it takes the next change to be out of the list. */
  let given = new Set<string>()
  /** The same until it is known what became of them; what is thrown away meanwhile does not come back. */
  const outstanding = new Set<string>()
  const notGiven = ({ id }: WaitingEvent) => !given.has(id)

  async function read(): Promise<readonly WaitingEvent[]> {
    try {
      const list = JSON.parse((await storage.getItem(key)) ?? '[]')
      for (const id of JSON.parse((await storage.getItem(givenKey)) ?? '[]')) given.add(id)
      if (Array.isArray(list)) stored = list.filter((one) => one?.at > now() - keepMs)
    } catch {
      // A storage that fails, or that somebody else wrote to: memory has to do.
    }
    return [...stored, ...unsaved].filter(notGiven)
  }

  const change = (edit: (list: readonly WaitingEvent[]) => readonly WaitingEvent[]) =>
    storage
      .lock(`${key}:edit`, async () => {
        const list = edit(await read()).slice(-most)
        try {
          await (list.length > 0 ? storage.setItem(key, JSON.stringify(list)) : storage.removeItem(key))
          stored = list
          unsaved = []
          if (given.size > 0) await storage.removeItem(givenKey)
          given = new Set()
        } catch {
          const ids = new Set(stored.map(({ id }) => id))
          unsaved = list.filter(({ id }) => !ids.has(id))
          stored = stored.filter(({ id }) => list.some((one) => one.id === id))
        }
      })
      .catch(() => {})

  return {
    list: () => [...stored, ...unsaved].filter(notGiven),
    read,
    add: (event) => change((list) => [...list, event]),
    remove: (ids) => change((list) => list.filter(({ id }) => !ids.has(id))),
    give(ids) {
      for (const id of ids) {
        given.add(id)
        outstanding.add(id)
      }
      try {
        // Not waited for: the page goes. localStorage has it at once.
        void Promise.resolve(storage.setItem(givenKey, JSON.stringify([...given]))).catch(() => {})
      } catch {
        // Holds as long as this client.
      }
    },
    takeBack: (events) => change((list) => [...list, ...events.filter(({ id }) => outstanding.delete(id))]),
    clear() {
      outstanding.clear()
      return change(() => [])
    },
    exclusively: (run) => storage.lock(`${key}:send`, run),
  }
}
