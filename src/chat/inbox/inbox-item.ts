import { flag, integer, nullable, type Reader, row } from '../../core/shape.ts'
import { unreadAfter } from '../changes.ts'
import { type Conversation, type Message, message, type Participant, revisedConversation } from '../schema.ts'

/** Your own flags of a conversation. Other participants do not see them. */
export interface ConversationFlags {
  /** Without push notifications, and not counted in the inbox's `unread`. */
  muted: boolean
  /** Shown at the top of the inbox. */
  pinned: boolean
  /** Out of the list; a new message does not bring it back. */
  archived: boolean
}

/** A conversation in your inbox. */
export interface InboxItem extends ConversationFlags {
  conversation: Conversation
  /** The other user of a direct conversation; null in a group. */
  counterpart: Participant | null
  /** The newest message, empty when it was deleted; null without messages. */
  lastMessage: Message | null
  /** Your read position. */
  lastReadSeq: number
  /** How many messages come after it. Deleted ones do not count, except beyond 1,000. */
  unread: number
}

/** Your own settings of a conversation. Of two, the one with the higher `ownRevision` is newer. */
export type OwnSide = ConversationFlags & { lastReadSeq: number; ownRevision: number }

/** A conversation of an inbox with the number of its newest change, and its parts. */
export interface InboxEntry {
  revision: number
  conversation: Conversation
  lastMessage: Message | null
  own: OwnSide
}

export const ownSide: Reader<OwnSide> = row({
  lastReadSeq: integer(),
  muted: flag,
  pinned: flag,
  archived: flag,
  ownRevision: integer(),
})
const parts = row({ conversation: revisedConversation, lastMessage: nullable(message) })

/** Reads an item as the database answers it. */
export const inboxEntry: Reader<InboxEntry> = (value, path, context) => {
  const { conversation, lastMessage } = parts(value, path, context)
  return { ...conversation, lastMessage, own: ownSide(value, path) }
}

/** An entry as its owner sees it. */
export function toInboxItem(userId: string, { conversation, lastMessage, own }: InboxEntry): InboxItem {
  const { ownRevision: _, ...flags } = own
  const other = conversation.participants.find((one) => one.id !== userId)
  return {
    conversation,
    counterpart: (conversation.kind === 'direct' && other) || null,
    lastMessage,
    ...flags,
    unread: unreadAfter(own.lastReadSeq, conversation),
  }
}
