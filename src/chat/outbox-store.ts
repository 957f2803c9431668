import type { LockedStorage } from '../core/storage.ts'
import type { CompleteMessage } from './schema.ts'

/** A message that the database does not have yet, as it is kept. */
export interface Unsent extends CompleteMessage {
  /** When it was sent, in milliseconds since the epoch. */
  at: number
  /** Why it will not be sent again by itself. */
  failure?: { code: string; message: string; hint: string }
}

/** What one person has not sent yet in one project, by conversation, in order. */
export interface OutboxStore {
  /** Conversations with something unsent. */
  conversations(): Promise<string[]>
  read(conversationId: string): Promise<Unsent[]>
  /** Changes a conversation's list; nobody else changes it meanwhile. Answers the new list. */
  change(conversationId: string, edit: (list: Unsent[]) => Unsent[]): Promise<Unsent[]>
  /** Runs something while no other tab sends for that conversation. */
  exclusively<T>(conversationId: string, run: () => Promise<T>): Promise<T>
}

/** Opens the outbox of one person: keys name project and person, so that nobody finds what another wrote. */
export function openOutboxStore(storage: LockedStorage, project: string, userId: string): OutboxStore {
  const base = `tertulia:${project}:${userId}:outbox`
  const keyOf = (conversationId: string) => `${base}:${conversationId}`

  async function readList<T>(key: string): Promise<T[]> {
    // A storage that fails to read must not look empty: what is written next would replace everything.
    const text = await storage.getItem(key)
    try {
      const list = JSON.parse(text ?? '[]')
      return Array.isArray(list) ? list : []
    } catch {
      // What somebody else wrote there cannot be sent.
      return []
    }
  }

  const writeList = async (key: string, list: unknown[]) => {
    await (list.length > 0 ? storage.setItem(key, JSON.stringify(list)) : storage.removeItem(key))
  }

  return {
    conversations: () => readList<string>(base),
    // In turn with the changes: what was read before one and arrives after it would bring back what is gone.
    read: (conversationId) => storage.lock(`${base}:edit`, () => readList<Unsent>(keyOf(conversationId))),
    change: (conversationId, edit) =>
      storage.lock(`${base}:edit`, async () => {
        const list = edit(await readList<Unsent>(keyOf(conversationId)))
        const known = await readList<string>(base)
        // The index first when something comes, last when it goes: a crash between leaves an empty entry, never a lost one.
        if (list.length > 0 && !known.includes(conversationId))
          await writeList(base, [...known, conversationId])
        await writeList(keyOf(conversationId), list)
        if (list.length === 0 && known.includes(conversationId)) {
          await writeList(
            base,
            known.filter((one) => one !== conversationId),
          )
        }
        return list
      }),
    exclusively: (conversationId, run) => storage.lock(`${base}:send:${conversationId}`, run),
  }
}
