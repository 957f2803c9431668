import { id, metadata, timestamp } from '../../core/parse.ts'
import { flag, integer, nullable, type Reader, row, text, withDefault } from '../../core/shape.ts'
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
  /** Out of the list and of the archive, until the next message. */
  hidden: boolean
  /** To be read again, as you marked it: until you read, send or clear the history. Read receipts do not change. */
  markedUnread: boolean
}

/** The message that you are writing in a conversation. The other participants do not see it. */
export interface Draft {
  /** The id that the message will be sent with, or null. */
  id: string | null
  /** What is written so far. */
  content: string
  /** Id of the message that it replies to, or null. */
  replyTo: string | null
  /** Your own fields. */
  metadata: Record<string, unknown>
  updatedAt: Date
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
  /** How many of them mention you, at most 1,000. `conversation.mentionedUnread` has their positions. */
  unreadMentions: number
  /** What you have written and not sent, on any of your devices, or null. */
  draft: Draft | null
}

/** Your own settings of a conversation. Of two, the one with the higher `ownRevision` is newer. */
export interface OwnSide extends Pick<ConversationFlags, 'muted' | 'pinned' | 'archived'> {
  lastReadSeq: number
  /** The first message that you see. */
  visibleFromSeq: number
  /** The newest message when you hid the conversation. */
  hiddenSeq: number
  /** Your read position when you marked it as unread. */
  markedSeq: number
  ownRevision: number
  draft: Draft | null
}

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
  visibleFromSeq: withDefault(integer(), 1),
  hiddenSeq: withDefault(integer(), -1),
  markedSeq: withDefault(integer(), -1),
  ownRevision: integer(),
  draft: withDefault(
    nullable(
      row({
        id: nullable(id),
        content: text(),
        replyTo: nullable(id),
        metadata,
        updatedAt: timestamp,
      }),
    ) as Reader<Draft | null>,
    null,
  ),
})
const parts = row({ conversation: revisedConversation, lastMessage: nullable(message) })

/** Reads an item as the database answers it. */
export const inboxEntry: Reader<InboxEntry> = (value, path, context) => {
  const { conversation, lastMessage } = parts(value, path, context)
  return { ...conversation, lastMessage, own: ownSide(value, path) }
}

/** An entry as its owner sees it. */
export function toInboxItem(userId: string, { conversation, lastMessage, own }: InboxEntry): InboxItem {
  const { ownRevision: _, visibleFromSeq, hiddenSeq, markedSeq, ...rest } = own
  const other = conversation.participants.find((one) => one.id !== userId)
  return {
    conversation,
    counterpart: (conversation.kind === 'direct' && other) || null,
    lastMessage: lastMessage && lastMessage.seq < visibleFromSeq ? null : lastMessage,
    ...rest,
    hidden: hiddenSeq >= conversation.lastSeq,
    markedUnread: markedSeq === own.lastReadSeq,
    unreadMentions: conversation.mentionedUnread.length,
    unread: unreadAfter(own.lastReadSeq, conversation),
  }
}
