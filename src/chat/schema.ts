import { id, metadata, timestamp } from '../core/parse.ts'
import {
  exactly,
  flag,
  integer,
  list,
  nullable,
  object,
  oneOf,
  optional,
  type Read,
  text,
} from '../core/shape.ts'
import type { Unsent } from './outbox-store.ts'

/** Somebody who takes part in a conversation. */
export interface Participant {
  userId: string
  /** Null once the account is deleted. */
  handle: string | null
  displayName: string
  role: 'owner' | 'admin' | 'member'
  joinedAt: Date
  /** Position up to which they have read. */
  lastReadSeq: number
}

/** A conversation: of two people, or a group. */
export interface Conversation {
  id: string
  kind: 'direct' | 'group'
  subject: string | null
  /** Position of the newest message; 0 while there is none. */
  lastSeq: number
  lastMessageAt: Date | null
  participants: Participant[]
  /** The app's own fields. */
  metadata: Record<string, unknown>
  createdAt: Date
}

/** A message that the database has. */
export interface Message {
  id: string
  conversationId: string
  senderId: string
  /** Position in the conversation, from 1, without gap, the same for everyone. */
  seq: number
  /** Empty once it is deleted. */
  content: string
  /** The app's own fields. */
  metadata: Record<string, unknown>
  createdAt: Date
  editedAt: Date | null
  /** A deleted message stays in its place, empty. */
  deletedAt: Date | null
  /** What it answers: the beginning of the other message. */
  reply: { id: string; seq: number; senderId: string; excerpt: string } | null
  /** Participants that it names. */
  mentions: string[]
  /** A song that its sender shows; gives no access to it. */
  song: { id: string; title: string; artist: string | null } | null
  /** Who reacted with what, in the order of first use. */
  reactions: { emoji: string; userIds: string[] }[]
}

/** A message to send. */
export interface NewMessage {
  /** The text, 1 to 8,000 characters. */
  content: string
  /** A UUID; keep it when you send the same message again. Made for you when it is not given. */
  id?: string
  /** The app's own fields: an object of at most 8 KiB. */
  metadata?: Record<string, unknown>
}

/** A message of one's own that the database does not have yet. */
export interface PendingMessage {
  id: string
  content: string
  metadata: Record<string, unknown>
  createdAt: Date
  /** `sending` while it is tried, `failed` when it will not be tried again by itself. */
  status: 'sending' | 'failed'
  /** Why it failed. */
  failure: { code: string; message: string; hint: string } | null
}

export const newMessage = exactly({
  content: text({ max: 16_000, pattern: /\S/, expected: 'a text' }),
  id: optional(id),
  metadata: optional(metadata),
})

export const messageRow = object({
  id,
  conversation_id: id,
  sender_id: id,
  seq: integer(),
  revision: integer(),
  content: text(),
  metadata,
  created_at: timestamp,
  edited_at: nullable(timestamp),
  deleted_at: nullable(timestamp),
  reply: nullable(object({ id, seq: integer(), sender_id: id, excerpt: text() })),
  mentions: list(id),
  song: nullable(object({ id, title: text(), artist: nullable(text()) })),
  reactions: list(object({ emoji: text(), user_ids: list(id) })),
})

/** A message with the number of its newest change. */
export interface RevisedMessage {
  revision: number
  message: Message
}

/** A change by its number: of a message, or of the conversation itself. */
export type Change = RevisedMessage | { revision: number; conversation: Conversation }

const participantRow = object({
  user_id: id,
  handle: nullable(text()),
  display_name: text(),
  role: oneOf('owner', 'admin', 'member'),
  joined_at: timestamp,
  last_read_seq: integer(),
})

export const conversationRow = object({
  id,
  kind: oneOf('direct', 'group'),
  subject: nullable(text()),
  last_seq: integer(),
  last_revision: integer(),
  last_message_at: nullable(timestamp),
  metadata,
  created_at: timestamp,
  participants: list(participantRow),
})

export const syncAnswer = object({
  anew: flag,
  conversation: conversationRow,
  messages: list(messageRow),
})

export function toMessage(row: Read<typeof messageRow>): RevisedMessage {
  return {
    revision: row.revision,
    message: {
      id: row.id,
      conversationId: row.conversation_id,
      senderId: row.sender_id,
      seq: row.seq,
      content: row.content,
      metadata: row.metadata,
      createdAt: row.created_at,
      editedAt: row.edited_at,
      deletedAt: row.deleted_at,
      reply: row.reply && {
        id: row.reply.id,
        seq: row.reply.seq,
        senderId: row.reply.sender_id,
        excerpt: row.reply.excerpt,
      },
      mentions: row.mentions,
      song: row.song,
      reactions: row.reactions.map(({ emoji, user_ids }) => ({ emoji, userIds: user_ids })),
    },
  }
}

export function toPending({ at, failure, ...message }: Unsent): PendingMessage {
  return {
    ...message,
    createdAt: new Date(at),
    status: failure ? 'failed' : 'sending',
    failure: failure ?? null,
  }
}

const conversationEvent = object({ revision: integer(), conversation: conversationRow })

/** The change that a broadcast tells of, or null when it cannot be read: it is then fetched. */
export function readChange(event: string, payload: unknown): Change | null {
  try {
    if (event === 'message') return toMessage(messageRow(payload, ''))
    const { revision, conversation } = conversationEvent(payload, '')
    return { revision, conversation: toConversation(conversation) }
  } catch {
    return null
  }
}

export function toConversation(row: Read<typeof conversationRow>): Conversation {
  return {
    id: row.id,
    kind: row.kind,
    subject: row.subject,
    lastSeq: row.last_seq,
    lastMessageAt: row.last_message_at,
    participants: row.participants.map((participant) => ({
      userId: participant.user_id,
      handle: participant.handle,
      displayName: participant.display_name,
      role: participant.role,
      joinedAt: participant.joined_at,
      lastReadSeq: participant.last_read_seq,
    })),
    metadata: row.metadata,
    createdAt: row.created_at,
  }
}
