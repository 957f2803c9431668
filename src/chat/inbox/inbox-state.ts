import type { Context } from '../../core/context.ts'
import { id } from '../../core/parse.ts'
import { flag, integer, list, type Read, record, row, withDefault } from '../../core/shape.ts'
import {
  afterMessage,
  changed,
  type Marks,
  marksOf,
  readChange,
  readMarkEvent,
  readUpTo,
  renewed,
  seenFrom,
  unreadFrom,
} from '../changes.ts'
import type { Head } from '../head-check.ts'
import { type InboxEntry, type InboxItem, inboxEntry, ownSide, toInboxItem } from './inbox-item.ts'
import { compare } from './order.ts'

/** What synchronising an inbox answers: all, or what changed since a position. */
export const inboxAnswer = row({
  anew: flag,
  position: integer(),
  total: integer(),
  items: list(inboxEntry),
  removed: list(id),
  marks: withDefault(record(record(integer())), {}),
})

/** What a live inbox knows. */
export interface InboxState {
  /** In order; a new array after each change, in which what did not change is the same object. */
  items(): readonly InboxItem[]
  /** Up to where the database was read; null before the first time, and when all has to be read again. */
  position(): number | null
  /** How many conversations there are. */
  total(): number
  /** How far a conversation is that it knows. */
  head(conversationId: string): Head | undefined
  /** Takes an event in, if it says all that changed: anything else is a `gap`. */
  receive(event: string, payload: unknown): 'applied' | 'known' | 'gap'
  synchronise(answer: Read<typeof inboxAnswer>): 'complete' | 'gap'
  /** What a cache keeps. */
  dump(): [position: number | null, total: number, entries: InboxEntry[]]
  /** What events told of and no answer holds is not waited for any longer. */
  settle(): void
  clear(): void
}

const mine = row({ conversationId: id })

export function createInboxState(context: Context, userId: string): InboxState {
  let entries = new Map<string, InboxEntry & { item: InboxItem }>()
  let view: readonly InboxItem[] | null = null
  let position: number | null = null
  let total = 0
  let whole = false
  // The changes that events told of and no answer has held yet, by conversation: the database may show them a moment later.
  const awaited = new Map<string, number>()

  function put(conversationId: string, entry: InboxEntry): void {
    const marks = { [userId]: entry.own.lastReadSeq }
    const conversation = readUpTo(entry.conversation, marks)
    // A send moves the read position without a number of the user's own settings.
    const lastReadSeq = { ...marks, ...marksOf(conversation) }[userId]!
    const put = {
      ...entry,
      conversation: unreadFrom(conversation, lastReadSeq, entry.own.visibleFromSeq),
      lastMessage: entry.lastMessage && seenFrom(entry.own.visibleFromSeq, entry.lastMessage),
      own: { ...entry.own, lastReadSeq },
    }
    entries.set(conversationId, { ...put, item: toInboxItem(userId, put) })
    view = null
  }

  function read(conversationId: string, marks: Marks): void {
    const known = entries.get(conversationId)
    if (!known) return
    const conversation = readUpTo(known.conversation, marks)
    if (conversation !== known.conversation) put(conversationId, { ...known, conversation })
  }

  /** An answer that was overtaken by events has nothing newer to tell. */
  function merge(entry: InboxEntry): void {
    const { id: conversationId } = entry.conversation
    const known = entries.get(conversationId)
    const latest = known && known.revision > entry.revision ? known : entry
    const own = known && known.own.ownRevision > entry.own.ownRevision ? known.own : entry.own
    put(conversationId, { ...latest, own })
    // Marks only move forward, whichever of the two is the newer one.
    for (const one of [known, entry]) if (one) read(conversationId, marksOf(one.conversation))
  }

  function wait(conversationId: string, revision: number): 'gap' {
    awaited.set(conversationId, Math.max(revision, awaited.get(conversationId) ?? 0))
    return 'gap'
  }

  return {
    items() {
      view ??= [...entries.values()].map(({ item }) => item).sort(compare)
      return view
    },
    position: () => position,
    total: () => total,
    head(conversationId) {
      const known = entries.get(conversationId)
      return known && [known.revision, marksOf(known.conversation)]
    },
    receive(event, payload) {
      try {
        const { conversationId } = mine(payload, '')
        const known = entries.get(conversationId)
        if (event === 'mine') {
          if (!known) return wait(conversationId, 0)
          const own = ownSide(payload, '')
          if (own.ownRevision <= known.own.ownRevision) return 'known'
          put(conversationId, { ...known, own })
          return 'applied'
        }
        if (event === 'removed') {
          // Or was and is back: only the database knows.
          return known ? wait(conversationId, known.revision + 1) : 'gap'
        }
        if (event === 'read') {
          const { userId: reader, lastReadSeq } = readMarkEvent(payload, '')
          read(conversationId, { [reader]: lastReadSeq })
          return 'applied'
        }
        const change = readChange(context, event, payload)
        if (!change) return 'gap'
        const { revision, message, changes } = change
        if (known && revision <= known.revision) return 'known'
        if (!known || changes === null || revision !== known.revision + 1)
          return wait(conversationId, revision)
        const next: InboxEntry = { ...known, revision }
        if (message) next.conversation = afterMessage(known.conversation, message, userId)
        if (changes) next.conversation = changed(next.conversation, changes)
        if (message && message.seq > known.conversation.lastSeq) next.lastMessage = message
        else next.lastMessage = known.lastMessage && renewed(known.lastMessage, change)
        put(conversationId, next)
        return 'applied'
      } catch {
        return 'gap'
      }
    },
    synchronise(answer) {
      if (answer.anew) {
        const before = entries
        entries = new Map(
          answer.items.flatMap(({ conversation }) => {
            const known = before.get(conversation.id)
            return known ? [[conversation.id, known]] : []
          }),
        )
        whole = answer.items.length === answer.total
      }
      for (const conversationId of answer.removed) entries.delete(conversationId)
      for (const entry of answer.items) merge(entry)
      for (const conversationId in answer.marks) read(conversationId, answer.marks[conversationId]!)
      for (const [conversationId, revision] of awaited) {
        const known = entries.get(conversationId)?.revision ?? -1
        if (known >= revision || answer.removed.includes(conversationId)) awaited.delete(conversationId)
      }
      view = null
      total = answer.total
      // What the service deleted is in no answer: then there are fewer than we know.
      const fits = whole ? entries.size === total : entries.size <= total
      position = fits ? answer.position : null
      return fits && awaited.size === 0 ? 'complete' : 'gap'
    },
    dump: () => [position, total, [...entries.values()].sort((one, other) => compare(one.item, other.item))],
    settle: () => awaited.clear(),
    clear() {
      entries.clear()
      view = null
      total = 0
    },
  }
}
