import { avatarUrl } from '../core/avatar.ts'
import type { Context } from '../core/context.ts'
import { id, metadata, timestamp } from '../core/parse.ts'
import { type Person, personFields } from '../core/person.ts'
import {
  flag,
  integer,
  list,
  nullable,
  oneOf,
  optional,
  type Read,
  type Reader,
  record,
  row,
  text,
  withDefault,
} from '../core/shape.ts'
import { type AttachmentDetails, details } from './messages/new-message.ts'

/** A user who takes part in a conversation. */
export interface Participant extends Person {
  /** URL of the public profile picture, or null. It follows changes of the picture. */
  avatarUrl: string | null
  /** The role in a group; `member` in a direct conversation. */
  role: 'owner' | 'admin' | 'member'
  joinedAt: Date
  /** When the user left; null while the user takes part. In a direct conversation, when the user deleted the account. */
  leftAt: Date | null
  /** Read position. It does not move while one of two users blocks the other. */
  lastReadSeq: number
}

/** A direct conversation of two users, or a group. */
export interface Conversation {
  id: string
  kind: 'direct' | 'group'
  subject: string | null
  /** Position of the newest message; 0 without messages. */
  lastSeq: number
  /** When a user last sent a message; null when no user has. */
  lastMessageAt: Date | null
  /** Positions of deleted and system messages after your read position, at most the newest 1,000. They do not count as unread. */
  deletedUnread: number[]
  /** Positions of messages after your read position that mention you, at most the newest 1,000. */
  mentionedUnread: number[]
  /** Positions of the pinned messages; `listPinned` has the messages. */
  pinnedSeqs: number[]
  /** The users who take part now. */
  participants: Participant[]
  /** Users who left the group or were removed: at most 100, the latest first. */
  formerParticipants: Participant[]
  /** Your own fields. */
  metadata: Record<string, unknown>
  createdAt: Date
  /** Who can send and edit messages: everyone, or in an announcement group its owners and admins only. */
  writers: 'everyone' | 'admins'
  /** What users see who join from now on: all messages, or those from their joining on. */
  history: 'all' | 'joined'
}

/** What a system message tells. The words are your app's: it knows the user's language, and the names of the ids at this moment. */
export interface SystemEvent {
  /**
   * What the message's sender did: created the group, added users, left, removed or banned a user, or changed the subject, who can write or
   * what later users see.
   * A later version may add types, so show nothing for a type that you do not know.
   */
  type: 'created' | 'joined' | 'left' | 'removed' | 'banned' | 'renamed' | 'writers' | 'history'
  /** The users to whom it happened. */
  userIds: string[]
  /** The new subject of `renamed`, the new setting of `writers` or `history`; else null. */
  value: string | null
}

/** A file of a message. */
export interface Attachment extends AttachmentDetails {
  path: string
  name: string
  /** The media type, from Storage. */
  mimeType: string
  /** The size of the file in bytes. */
  size: number
}

/** A message that is in the database. */
export interface Message {
  id: string
  conversationId: string
  /** The id of the user who sent it. */
  senderId: string
  /** Position in the conversation: from 1, without gaps, the same for everyone. */
  seq: number
  /** The text of the message; empty once the message is deleted. */
  content: string
  /** Your own fields. */
  metadata: Record<string, unknown>
  createdAt: Date
  editedAt: Date | null
  /** When the message was deleted, or null. A deleted message keeps its position, with empty content. */
  deletedAt: Date | null
  /** When it was pinned for everyone, or null. */
  pinnedAt: Date | null
  /** The message that it replies to, with at most 140 characters of its text. */
  reply: { id: string; seq: number; senderId: string; excerpt: string } | null
  /** Ids of the participants that it mentions. */
  mentions: string[]
  /** Files in the bucket `chat`: type and size in bytes from Storage, the rest as the sender gave it. */
  attachments: Attachment[]
  /** A song that the sender shows. It gives no access to the song. */
  song: { id: string; title: string; artist: string | null } | null
  /** Users by emoji, in the order of first use. */
  reactions: { emoji: string; userIds: string[] }[]
  /** What a system message tells of a group, with empty content; null for a message of a user. It never counts as unread. */
  system: SystemEvent | null
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
  pinnedAt: withDefault(nullable(timestamp), null),
  reply: nullable(row({ id, seq: integer(), senderId: id, excerpt: text() })),
  excerpt: optional(text()),
  mentions: list(id),
  attachments: list(row({ path: text(), name: text(), mimeType: text(), size: integer(), ...details })),
  song: nullable(row({ id, title: text(), artist: nullable(text()) })),
  system: withDefault(
    nullable(row({ type: text(), userIds: list(id), value: nullable(text()) })),
    null,
  ) as Reader<Message['system']>,
  // The event of an edit is without them.
  reactions: optional(list(row({ emoji: text(), userIds: list(id) }))) as Reader<Message['reactions']>,
})

/** A message with the number of its newest change. */
export interface RevisedMessage {
  revision: number
  message: Message
  /** The excerpt that replies show of an edited message, when it is shorter than the text. */
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
export const writers = oneOf('everyone', 'admins')
export const history = oneOf('all', 'joined')

const avatar: Reader<string> = (value, path, context) => avatarUrl(context as Context, text()(value, path))

export const participant: Reader<Participant> = row(
  {
    ...personFields,
    avatarUrl: nullable(avatar),
    role,
    joinedAt: timestamp,
    leftAt: nullable(timestamp),
    lastReadSeq: integer(),
  },
  { id: 'user_id', avatarUrl: 'avatar_path' },
)
const people = list(participant)

/** Left out when there are none. */
const positions = withDefault(list(integer()), [])

// A synchronisation returns all participants only when it starts from the beginning.
const conversationRow = row({
  id,
  kind: oneOf('direct', 'group'),
  subject: nullable(text()),
  lastSeq: integer(),
  lastRevision: integer(),
  lastMessageAt: nullable(timestamp),
  deletedUnread: list(integer()),
  mentionedUnread: positions,
  pinnedSeqs: positions,
  metadata,
  createdAt: timestamp,
  writers,
  history,
  participants: optional(people) as Reader<Participant[]>,
  formerParticipants: optional(people) as Reader<Participant[]>,
})

export const revisedConversation: Reader<RevisedConversation> = (...given) => {
  const { lastRevision: revision, ...conversation } = conversationRow(...given)
  return { revision, conversation }
}

export const conversation: Reader<Conversation> = (...given) => revisedConversation(...given).conversation

/** What an open conversation needs of what the user keeps for themselves. */
export const ownView = row({
  lastReadSeq: integer(),
  visibleFromSeq: withDefault(integer(), 1),
  markedSeq: withDefault(integer(), -1),
})
export type OwnView = Read<typeof ownView>

/** The answer of a synchronisation: the head with its participants (all, or those who changed), marks, changed messages. */
export const syncAnswer = row({
  anew: flag,
  // A cache keeps none: it may have changed.
  liveKey: nullable(id),
  conversation: revisedConversation,
  people,
  marks: record(integer()),
  me: ownView,
  messages: list(revisedMessage),
})
