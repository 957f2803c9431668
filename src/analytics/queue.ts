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
  let known: readonly WaitingEvent[] = []

  async function read(): Promise<readonly WaitingEvent[]> {
    try {
      const list = JSON.parse((await storage.getItem(key)) ?? '[]')
      if (Array.isArray(list)) known = list.filter((one) => one?.at > now() - keepMs)
    } catch {
      // A storage that fails, or that somebody else wrote to: memory has to do.
    }
    return known
  }

  const change = (edit: (list: readonly WaitingEvent[]) => readonly WaitingEvent[]) =>
    storage
      .lock(`${key}:edit`, async () => {
        const list = edit(await read()).slice(-most)
        known = list
        await (list.length > 0 ? storage.setItem(key, JSON.stringify(list)) : storage.removeItem(key))
      })
      .catch(() => {})

  return {
    list: () => known,
    read,
    add: (event) => change((list) => [...list, event]),
    remove: (ids) => change((list) => list.filter(({ id }) => !ids.has(id))),
    exclusively: (run) => storage.lock(`${key}:send`, run),
  }
}
