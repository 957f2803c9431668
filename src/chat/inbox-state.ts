import type { Context } from '../core/context.ts'
import { id } from '../core/parse.ts'
import { flag, integer, list, type Read, record, row, withDefault } from '../core/shape.ts'
import { afterMessage, changed, readChange, readMarkEvent, readUpTo, renewed } from './changes.ts'
import type { Head } from './head-check.ts'
import { type InboxEntry, type InboxItem, inboxEntry, ownSide, toInboxItem } from './inbox-item.ts'

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
  /** What events told of and no answer holds is not waited for any longer. */
  settle(): void
  clear(): void
}

const mine = row({ conversationId: id })

/** Pinned ones first, then by last activity. */
function compare(a: InboxItem, b: InboxItem): number {
  const at = ({ conversation }: InboxItem) => +(conversation.lastMessageAt ?? conversation.createdAt)
  return +b.pinned - +a.pinned || at(b) - at(a) || (a.conversation.id < b.conversation.id ? 1 : -1)
}

/** The newer of two states of the user's own settings: a send moves the read position without a number. */
function newer(one: InboxEntry['own'], other: InboxEntry['own'] | undefined): InboxEntry['own'] {
  if (!other) return one
  const latest = other.ownRevision > one.ownRevision ? other : one
  return { ...latest, lastReadSeq: Math.max(one.lastReadSeq, other.lastReadSeq) }
}

export function createInboxState(context: Context, userId: string): InboxState {
  let entries = new Map<string, InboxEntry & { item: InboxItem }>()
  let view: readonly InboxItem[] | null = null
  let position: number | null = null
  let total = 0
  let whole = false
  // The changes that events told of and no answer has held yet, by conversation: the database may show them a moment later.
  const awaited = new Map<string, number>()

  function put(conversationId: string, changedEntry: InboxEntry): void {
    const { own } = changedEntry
    const conversation = readUpTo(changedEntry.conversation, userId, own.lastReadSeq)
    const entry = { ...changedEntry, conversation }
    entries.set(conversationId, { ...entry, item: toInboxItem(userId, entry) })
    view = null
  }

  function read(conversationId: string, reader: string, seq: number): void {
    const known = entries.get(conversationId)
    const conversation = known && readUpTo(known.conversation, reader, seq)
    if (conversation !== known?.conversation) put(conversationId, { ...known!, conversation: conversation! })
  }

  /** An answer that was overtaken by events has nothing newer to tell. */
  function merge(entry: InboxEntry): void {
    const { id: conversationId } = entry.conversation
    const known = entries.get(conversationId)
    const latest = known && known.revision > entry.revision ? known : entry
    put(conversationId, { ...latest, own: newer(entry.own, known?.own) })
    // Marks only move forward, whichever of the two is the newer one.
    for (const one of [known, entry].flatMap((other) => other?.conversation.participants ?? []))
      read(conversationId, one.id, one.lastReadSeq)
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
      if (!known) return
      const marks = known.conversation.participants.map((one) => [one.id, one.lastReadSeq])
      return [known.revision, Object.fromEntries(marks)]
    },
    receive(event, payload) {
      try {
        const { conversationId } = mine(payload, '')
        const known = entries.get(conversationId)
        if (event === 'mine') {
          if (!known) return wait(conversationId, 0)
          const own = ownSide(payload, '')
          if (own.ownRevision <= known.own.ownRevision) return 'known'
          put(conversationId, { ...known, own: newer(own, known.own) })
          return 'applied'
        }
        if (event === 'removed') {
          // Or was and is back: only the database knows.
          return known ? wait(conversationId, known.revision + 1) : 'gap'
        }
        if (event === 'read') {
          const { userId: reader, lastReadSeq } = readMarkEvent(payload, '')
          read(conversationId, reader, lastReadSeq)
          return 'applied'
        }
        const change = readChange(context, event, payload)
        if (!change) return 'gap'
        const { revision, message, changes } = change
        if (known && revision <= known.revision) return 'known'
        if (!known || changes === null || revision !== known.revision + 1)
          return wait(conversationId, revision)
        const next: InboxEntry = { ...known, revision }
        if (message) next.conversation = afterMessage(known.conversation, message)
        if (changes) next.conversation = changed(known.conversation, changes)
        else if (message && message.seq > known.conversation.lastSeq) {
          next.lastMessage = message
          if (message.senderId === userId) {
            next.own = { ...known.own, lastReadSeq: Math.max(known.own.lastReadSeq, message.seq) }
          }
        } else next.lastMessage = known.lastMessage && renewed(known.lastMessage, change)
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
      for (const conversationId in answer.marks) {
        const marks = answer.marks[conversationId]!
        for (const reader in marks) read(conversationId, reader, marks[reader]!)
      }
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
    settle: () => awaited.clear(),
    clear() {
      entries.clear()
      view = null
      total = 0
    },
  }
}
