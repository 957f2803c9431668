import type { Context } from '../../core/context.ts'
import { asPerson } from '../../core/identity.ts'
import { markRead } from './mark-read.ts'

/** The user's own read position in an open conversation. It only moves forward, by one request at a time, however often it is set. */
export interface Reading {
  /** Marks up to a position. Resolves when the database has that, or all that there is. */
  mark(seq: number): Promise<void>
  /** Tries again what failed before. */
  resume(): void
}

/**
 * @param at - How far one has read, as far as is known here.
 * @param isMarked - Whether one marked it as unread: then the same position is asked for again.
 * @param opened - Who opened the conversation. Throws `closed` when it is.
 * @param onRead - The database has the mark at a position.
 */
export function createReading(
  context: Context,
  conversationId: string,
  at: () => number,
  isMarked: () => boolean,
  opened: (operation: string) => Promise<string>,
  onRead: (seq: number) => void,
): Reading {
  const operation = 'chat.markRead'
  let wanted = -1
  let sending: Promise<void> | null = null

  const isNews = () => wanted >= at() + +!isMarked()

  async function sendAll(): Promise<void> {
    try {
      while (isNews()) {
        const asked = wanted
        const userId = await opened(operation)
        const asMe = asPerson(context, operation, userId)
        onRead((await markRead(asMe, conversationId, asked)).lastReadSeq)
        // Beyond the newest message there is nothing to mark.
        if (wanted === asked) wanted = -1
      }
    } finally {
      // At the very end and not a moment later: a mark that comes then must find no request running.
      sending = null
    }
  }

  async function mark(seq: number): Promise<void> {
    wanted = Math.max(wanted, seq)
    if (!isNews()) {
      // What the database has is not asked for again later, when the user has marked it as unread since.
      wanted = -1
      return
    }
    sending ??= sendAll()
    await sending
  }

  return { mark, resume: () => void mark(-1).catch(() => {}) }
}
