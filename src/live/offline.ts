import type { Parts } from './types.ts'

/** A write that the outbox keeps until the database has it: a function of the database, and what it is called with. */
export interface KeptWrite {
  id: string
  userId: string
  conversationId: string
  /** When the app called the write, in milliseconds since the epoch. */
  at: number
  write?: [operation: string, name: string, given: Record<string, unknown>]
  failure?: { code: string; message: string; hint: string }
}

/** The calls of the outbox that a cache uses. */
interface Sender {
  list(which: { userId?: string; writes: true }): readonly KeptWrite[]
  listen(listener: {
    userId: string
    writes: true
    onChange(): void
    onSent(answer: unknown, sent: KeptWrite): void
  }): () => void
  /** Keeps a write in place of others, and sends it in its turn. */
  add(
    write: KeptWrite & { content: string; metadata: Record<string, unknown> },
    replaced: string[],
  ): Promise<void>
  discard(ids: Iterable<string>): Promise<void>
}

/** Makes a request that may be kept for later; undefined when it is none of those. */
export type Later = <T>(
  write: NonNullable<KeptWrite['write']>,
  ask: () => Promise<T>,
  read: (answer: unknown) => T,
) => Promise<T> | undefined

/** The calls of `tertulia/offline` that the client uses. */
export interface Offline {
  sender?: Sender
  /** Lays the cache around a live handle. */
  wrap<Reason extends string, Snapshot>(
    parts: Parts<Reason, Snapshot>,
    changed: () => void,
  ): Parts<Reason, Snapshot>
  /** For writes of this user. */
  later(userId: string): Later
}
