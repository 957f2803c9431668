import type { Read } from '../core/shape.ts'
import type { Change, Conversation, Message, RevisedMessage, syncAnswer } from './schema.ts'

/** What an open conversation knows: a window of messages that ends at the head it has synchronised to. */
export interface Timeline {
  conversation(): Conversation | null
  /** Messages in order of `seq`; a new array after each change. */
  messages(): readonly Message[]
  /** Whether the window holds a message. */
  has(messageId: string): boolean
  /** Whether there are messages before the window. */
  hasOlder(): boolean
  /** Position of the window's first message. */
  firstSeq(): number | undefined
  /** The change number up to which everything is known; null before the first synchronisation. */
  revision(): number | null
  /** Takes a change in if it is the next one; a later one waits, and the answer is `gap`. */
  receive(change: Change): 'applied' | 'known' | 'gap'
  /** Takes a synchronisation in, then the changes that waited for it. */
  synchronise(answer: Read<typeof syncAnswer>): 'complete' | 'gap'
  /** Forgets everything. */
  clear(): void
  /** Puts an older page, newest first, before the window. Ignores one that does not touch the window any more. */
  prepend(page: RevisedMessage[], beforeSeq: number): void
}

/** Most changes that wait for a synchronisation; those beyond it come with the synchronisation itself. */
const maxWaiting = 2_000

export function createTimeline(): Timeline {
  let conversation: Conversation | null = null
  let rows: RevisedMessage[] = []
  let view: readonly Message[] | null = null
  const ids = new Set<string>()
  let revision: number | null = null
  let waiting: Change[] = []

  function put(change: RevisedMessage): void {
    const { seq } = change.message
    const first = rows[0]?.message.seq
    ids.add(change.message.id)
    if (first === undefined || seq === first + rows.length) rows.push(change)
    else if (seq >= first && seq < first + rows.length) {
      const known = rows[seq - first]
      if (known && known.revision < change.revision) rows[seq - first] = change
    }
    // A change of a message before the window shows when its page is loaded.
    view = null
  }

  function apply(change: Change): void {
    revision = change.revision
    if ('conversation' in change) {
      conversation = change.conversation
      return
    }
    put(change)
    if (conversation && change.message.seq > conversation.lastSeq) {
      conversation = { ...conversation, lastSeq: change.message.seq, lastMessageAt: change.message.createdAt }
    }
  }

  function receive(change: Change): 'applied' | 'known' | 'gap' {
    if (revision !== null && change.revision <= revision) return 'known'
    if (revision !== null && change.revision === revision + 1) {
      apply(change)
      return 'applied'
    }
    if (waiting.length < maxWaiting) waiting.push(change)
    return 'gap'
  }

  return {
    conversation: () => conversation,
    messages() {
      view ??= rows.map((row) => row.message)
      return view
    },
    has: (messageId) => ids.has(messageId),
    hasOlder: () => (rows[0]?.message.seq ?? 1) > 1,
    firstSeq: () => rows[0]?.message.seq,
    revision: () => revision,
    receive,
    synchronise(answer) {
      const { messages: changes, head } = answer
      // An answer that was overtaken by live changes has nothing to tell.
      if (revision === null || answer.anew || head > revision) {
        conversation = answer.conversation
        if (revision === null || answer.anew) {
          rows = changes.toReversed()
          ids.clear()
          for (const { message } of rows) ids.add(message.id)
        } else for (const change of changes.toSorted((a, b) => a.message.seq - b.message.seq)) put(change)
        view = null
        // The head, never the highest row seen: a change may have no row of its own.
        revision = head
      }
      const waited = waiting.sort((a, b) => a.revision - b.revision)
      waiting = []
      for (const change of waited) receive(change)
      return waiting.length === 0 ? 'complete' : 'gap'
    },
    clear() {
      conversation = null
      rows = []
      waiting = []
      ids.clear()
      view = null
    },
    prepend(page, beforeSeq) {
      if (rows[0]?.message.seq !== beforeSeq) return
      rows = [...page.toReversed(), ...rows]
      for (const { message } of page) ids.add(message.id)
      view = null
    },
  }
}
