import { id, metadata, timestamp } from '../core/parse.ts'
import {
  exactly,
  flag,
  integer,
  list,
  nullable,
  oneOf,
  optional,
  type Reader,
  row,
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

const messageRow = row({
  id,
  conversationId: id,
  senderId: id,
  seq: integer(),
  revision: integer(),
  content: text(),
  metadata,
  createdAt: timestamp,
  editedAt: nullable(timestamp),
  deletedAt: nullable(timestamp),
  reply: nullable(row({ id, seq: integer(), senderId: id, excerpt: text() })),
  mentions: list(id),
  song: nullable(row({ id, title: text(), artist: nullable(text()) })),
  reactions: list(row({ emoji: text(), userIds: list(id) })),
})

/** A message with the number of its newest change. */
export interface RevisedMessage {
  revision: number
  message: Message
}

/** A change by its number: of a message, or of the conversation itself. */
export type Change = RevisedMessage | { revision: number; conversation: Conversation }

export const revisedMessage: Reader<RevisedMessage> = (value, path) => {
  const { revision, ...message } = messageRow(value, path)
  return { revision, message }
}

export const conversation: Reader<Conversation> = row({
  id,
  kind: oneOf('direct', 'group'),
  subject: nullable(text()),
  lastSeq: integer(),
  lastMessageAt: nullable(timestamp),
  participants: list(
    row({
      userId: id,
      handle: nullable(text()),
      displayName: text(),
      role: oneOf('owner', 'admin', 'member'),
      joinedAt: timestamp,
      lastReadSeq: integer(),
    }),
  ),
  metadata,
  createdAt: timestamp,
})

/** What synchronising answers: the head, and all that changed since. */
export const syncAnswer: Reader<{
  anew: boolean
  head: number
  conversation: Conversation
  messages: RevisedMessage[]
}> = (value, path) => {
  const { conversation: head, ...answer } = row({
    anew: flag,
    conversation: row({ lastRevision: integer() }),
    messages: list(revisedMessage),
  })(value, path)
  const whole = row({ conversation })(value, path)
  return { ...answer, ...whole, head: head.lastRevision }
}

export function toPending({ at, failure, ...message }: Unsent): PendingMessage {
  return {
    ...message,
    createdAt: new Date(at),
    status: failure ? 'failed' : 'sending',
    failure: failure ?? null,
  }
}

const conversationEvent = row({ revision: integer(), conversation })

/** The change that a broadcast tells of, or null when it cannot be read: it is then fetched. */
export function readChange(event: string, payload: unknown): Change | null {
  try {
    return event === 'message' ? revisedMessage(payload, '') : conversationEvent(payload, '')
  } catch {
    return null
  }
}
