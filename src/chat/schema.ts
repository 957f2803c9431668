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
  joinedAt: Date
}

/** A conversation between two people. */
export interface Conversation {
  id: string
  kind: 'direct'
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
  content: string
  /** The app's own fields. */
  metadata: Record<string, unknown>
  createdAt: Date
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
})

/** A message with the number of its newest change. */
export interface RevisedMessage {
  revision: number
  message: Message
}

const participantRow = object({
  user_id: id,
  handle: nullable(text()),
  display_name: text(),
  joined_at: timestamp,
})

export const conversationRow = object({
  id,
  kind: oneOf('direct'),
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

/** A message out of a broadcast, or null when it is none: the change is then fetched. */
export function readMessage(payload: unknown): RevisedMessage | null {
  try {
    return toMessage(messageRow(payload, ''))
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
      joinedAt: participant.joined_at,
    })),
    metadata: row.metadata,
    createdAt: row.created_at,
  }
}
