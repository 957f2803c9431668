import { id } from '../core/parse.ts'
import { flag, integer, list, type Read, type Reader, row } from '../core/shape.ts'
import { type InboxEntry, type InboxItem, inboxEntry, ownSide, toInboxItem } from './inbox-item.ts'
import { type Change, conversationEvent, revisedMessage } from './schema.ts'

/** What synchronising an inbox answers: all, or what changed since a position. */
export const inboxAnswer = row({
  anew: flag,
  position: integer(),
  total: integer(),
  items: list(inboxEntry),
  removed: list(id),
})

/** What a live inbox knows. */
export interface InboxState {
  /** In order; a new array after each change, in which what did not change is the same object. */
  items(): readonly InboxItem[]
  /** Up to where the database was read; null before the first time, and when all has to be read again. */
  position(): number | null
  /** How many conversations there are. */
  total(): number
  /** The newest change number of a conversation that it knows. */
  head(conversationId: string): number | undefined
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

/** One's own side as two know it: a send moves the mark without a number. */
function newer(one: InboxEntry['own'], other: InboxEntry['own'] | undefined): InboxEntry['own'] {
  if (!other) return one
  const latest = other.ownRevision > one.ownRevision ? other : one
  return { ...latest, lastReadSeq: Math.max(one.lastReadSeq, other.lastReadSeq) }
}

export function createInboxState(userId: string): InboxState {
  let entries = new Map<string, InboxEntry & { item: InboxItem }>()
  let view: readonly InboxItem[] | null = null
  let position: number | null = null
  let total = 0
  let whole = false
  // The changes that events told of and no answer has held yet, by conversation: the database may show them a moment later.
  const awaited = new Map<string, number>()

  function put(conversationId: string, entry: InboxEntry): void {
    entries.set(conversationId, { ...entry, item: toInboxItem(userId, entry) })
    view = null
  }

  /** An answer that was overtaken by events has nothing newer to tell. */
  function merge(entry: InboxEntry): void {
    const { id: conversationId } = entry.conversation
    const known = entries.get(conversationId)
    const latest = known && known.revision > entry.revision ? known : entry
    put(conversationId, { ...latest, own: newer(entry.own, known?.own) })
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
    head: (conversationId) => entries.get(conversationId)?.revision,
    receive(event, payload) {
      try {
        if (event === 'mine') {
          const { conversationId } = mine(payload, '')
          const known = entries.get(conversationId)
          if (!known) return wait(conversationId, 0)
          const own = ownSide(payload, '')
          if (own.ownRevision <= known.own.ownRevision) return 'known'
          put(conversationId, { ...known, own: newer(own, known.own) })
          return 'applied'
        }
        if (event === 'removed') {
          // Or was and is back: only the database knows.
          const { conversationId } = mine(payload, '')
          const known = entries.get(conversationId)
          return known ? wait(conversationId, known.revision + 1) : 'gap'
        }
        const reader: Reader<Change> = event === 'message' ? revisedMessage : conversationEvent
        const change = reader(payload, '')
        const message = 'message' in change ? change.message : null
        const conversation = 'conversation' in change ? change.conversation : null
        const conversationId = (message?.conversationId ?? conversation?.id)!
        const known = entries.get(conversationId)
        if (known && change.revision <= known.revision) return 'known'
        if (!known || change.revision !== known.revision + 1) return wait(conversationId, change.revision)
        const next: InboxEntry = { ...known, revision: change.revision }
        if (conversation) next.conversation = conversation
        if (message && message.seq >= known.conversation.lastSeq) next.lastMessage = message
        if (message && message.seq > known.conversation.lastSeq) {
          const { seq: lastSeq, createdAt: lastMessageAt } = message
          next.conversation = { ...known.conversation, lastSeq, lastMessageAt }
          if (message.senderId === userId) {
            next.own = { ...known.own, lastReadSeq: Math.max(known.own.lastReadSeq, lastSeq) }
          }
        }
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
