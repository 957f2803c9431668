import { avatarUrl } from '../core/avatar.ts'
import type { Context } from '../core/context.ts'
import { id, metadata, timestamp } from '../core/parse.ts'
import {
  flag,
  integer,
  list,
  nullable,
  object,
  oneOf,
  optional,
  type Reader,
  record,
  row,
  text,
} from '../core/shape.ts'

/** Somebody who takes part in a conversation. */
export interface Participant {
  userId: string
  /** Null once the account is deleted. */
  handle: string | null
  displayName: string
  /** Address of the picture, which anybody may open; null without one. */
  avatarUrl: string | null
  role: 'owner' | 'admin' | 'member'
  joinedAt: Date
  /** Null for who is in it now. In a direct conversation, when they deleted the account. */
  leftAt: Date | null
  /** Position up to which they have read. While one of two people blocks the other it stands still. */
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
  /** Positions of the deleted messages that you have not read, the newest 1,000: they do not count as unread. */
  deletedUnread: number[]
  participants: Participant[]
  /** People who left the group or were removed and whose messages are still there: at most 100, those who left last. */
  formerParticipants: Participant[]
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
  /** Files in the bucket `chat`: type and size in bytes are what Storage knows. */
  attachments: { path: string; name: string; mimeType: string; size: number }[]
  /** A song that its sender shows; gives no access to it. */
  song: { id: string; title: string; artist: string | null } | null
  /** Who reacted with what, in the order of first use. */
  reactions: { emoji: string; userIds: string[] }[]
}

/** A message to send. */
export interface NewMessage {
  /** The text, 1 to 8,000 characters; it may be empty beside an attachment or a song. */
  content: string
  /** A UUID; keep it when you send the same message again. Made for you when it is not given. */
  id?: string
  /** The app's own fields: an object of at most 8 KiB. */
  metadata?: Record<string, unknown>
  /** Id of the message of the same conversation that it answers. */
  replyTo?: string
  /** Participants that it names: at most 50 ids. Whoever is not in the conversation is left out. */
  mentions?: string[]
  /** Files that were uploaded to the bucket `chat` before: at most 10. */
  attachments?: NewAttachment[]
  /** Id of a song to show. It gives no access to the song. */
  songId?: string
}

/** What to change of a message; each field takes the place of what is there, and what is not given stays. */
export interface MessageChanges {
  /** The text, 1 to 8,000 characters; it may be empty beside an attachment or a song. */
  content?: string
  /** Participants that it names: at most 50 ids. Whoever is not in the conversation is left out, unless the message names them already. */
  mentions?: string[]
  /** All files of the message, at most 10: those that it has already, and new uploads. A file that is not listed is removed for good. */
  attachments?: NewAttachment[]
  /** The app's own fields: an object of at most 8 KiB. */
  metadata?: Record<string, unknown>
}

/** A file that goes with a message, by its path in the bucket `chat`. */
export interface NewAttachment {
  path: string
  /** What people see it called. */
  name: string
}

/** A message of the user that the database does not have yet. */
export interface PendingMessage {
  id: string
  conversationId: string
  content: string
  metadata: Record<string, unknown>
  replyTo: string | null
  mentions: string[]
  attachments: NewAttachment[]
  songId: string | null
  createdAt: Date
  /** `sending` while it is tried, `failed` when it will not be tried again by itself. */
  status: 'sending' | 'failed'
  /** Why it failed. */
  failure: { code: string; message: string; hint: string } | null
}

/** A message that is complete: checked, with its id. */
export type CompleteMessage = NewMessage & Required<Pick<NewMessage, 'id' | 'metadata'>>

/** A message that the database does not have yet, as it is kept on the device. */
export interface Unsent extends CompleteMessage {
  /** Who wrote it. */
  userId: string
  conversationId: string
  /** When it was sent, in milliseconds since the epoch. */
  at: number
  /** Why it will not be sent again by itself. */
  failure?: { code: string; message: string; hint: string }
}

const written = text({ pattern: /\S/, expected: 'text' })
const fields = object({
  content: text(),
  id: optional(id),
  metadata: optional(metadata),
  replyTo: optional(id),
  mentions: optional(list(id)),
  attachments: optional(list(object({ path: text(), name: text() }))),
  songId: optional(id),
})

/** Reads a message to send. */
export const newMessage: Reader<NewMessage> = (value, path) => {
  const message = fields(value, path)
  if (!message.songId && !message.attachments?.length) written(message.content, 'content')
  return message
}

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
  excerpt: optional(text()),
  mentions: list(id),
  attachments: list(row({ path: text(), name: text(), mimeType: text(), size: integer() })),
  song: nullable(row({ id, title: text(), artist: nullable(text()) })),
  // The event of an edit is without them.
  reactions: optional(list(row({ emoji: text(), userIds: list(id) }))) as Reader<Message['reactions']>,
})

/** A message with the number of its newest change. */
export interface RevisedMessage {
  revision: number
  message: Message
  /** What replies show of it once it was edited, when that is not all of its text. */
  excerpt?: string
}

export const message: Reader<Message> = (value, path) => revisedMessage(value, path).message

/** A conversation with the number of its newest change. */
export interface RevisedConversation {
  revision: number
  conversation: Conversation
}

export const revisedMessage: Reader<RevisedMessage> = (value, path) => {
  const { revision, excerpt, ...message } = messageRow(value, path)
  return { revision, message, excerpt }
}

export const role = oneOf('owner', 'admin', 'member')

const avatar: Reader<string> = (value, path, context) => avatarUrl(context as Context, text()(value, path))

export const participant: Reader<Participant> = row(
  {
    userId: id,
    handle: nullable(text()),
    displayName: text(),
    avatarUrl: nullable(avatar),
    role,
    joinedAt: timestamp,
    leftAt: nullable(timestamp),
    lastReadSeq: integer(),
  },
  { avatarUrl: 'avatar_path' },
)
const people = list(participant)

// Synchronising answers who takes part only when it begins anew.
const conversationRow = row({
  id,
  kind: oneOf('direct', 'group'),
  subject: nullable(text()),
  lastSeq: integer(),
  lastRevision: integer(),
  lastMessageAt: nullable(timestamp),
  deletedUnread: list(integer()),
  metadata,
  createdAt: timestamp,
  participants: optional(people) as Reader<Participant[]>,
  formerParticipants: optional(people) as Reader<Participant[]>,
})

export const revisedConversation: Reader<RevisedConversation> = (...given) => {
  const { lastRevision: revision, ...conversation } = conversationRow(...given)
  return { revision, conversation }
}

export const conversation: Reader<Conversation> = (...given) => revisedConversation(...given).conversation

/** What synchronising answers: the head with who takes part (all of them anew, else those who changed), marks, changed messages. */
export const syncAnswer = row({
  anew: flag,
  liveKey: id,
  conversation: revisedConversation,
  people,
  marks: record(integer()),
  messages: list(revisedMessage),
})

export function toPending({ at, failure, userId: _, ...message }: Unsent): PendingMessage {
  return {
    replyTo: null,
    mentions: [],
    attachments: [],
    songId: null,
    ...message,
    createdAt: new Date(at),
    status: failure ? 'failed' : 'sending',
    failure: failure ?? null,
  }
}
