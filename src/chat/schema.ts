import * as z from 'zod/mini'
import { id, metadata, timestamp } from '../core/parse.ts'

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

export const newMessage = z.strictObject({
  content: z.string().check(z.minLength(1), z.maxLength(16_000)),
  id: z.optional(id),
  metadata: z.optional(metadata),
})

export const messageRow = z.object({
  id,
  conversation_id: id,
  sender_id: id,
  seq: z.int(),
  revision: z.int(),
  content: z.string(),
  metadata,
  created_at: timestamp,
})

/** A message with the number of its newest change. */
export interface RevisedMessage {
  revision: number
  message: Message
}

const participantRow = z.object({
  user_id: id,
  handle: z.nullable(z.string()),
  display_name: z.string(),
  joined_at: timestamp,
})

export const conversationRow = z.object({
  id,
  kind: z.literal('direct'),
  subject: z.nullable(z.string()),
  last_seq: z.int(),
  last_revision: z.int(),
  last_message_at: z.nullable(timestamp),
  metadata,
  created_at: timestamp,
  participants: z.array(participantRow),
})

export const syncAnswer = z.object({
  anew: z.boolean(),
  conversation: conversationRow,
  messages: z.array(messageRow),
})

export function toMessage(row: z.output<typeof messageRow>): RevisedMessage {
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

export function toConversation(row: z.output<typeof conversationRow>): Conversation {
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
