import type { Context } from '../core/context.ts'
import { id, metadata } from '../core/parse.ts'
import { flag, integer, list, nullable, optional, type Reader, readOrNull, row, text } from '../core/shape.ts'
import {
  type Conversation,
  history,
  type Message,
  message,
  type Participant,
  participant,
  revisedMessage,
  writers,
} from './schema.ts'

/** A reaction that came or went. */
interface ReactionChange {
  /** Position of the message. */
  seq: number
  userId: string
  emoji: string
  present: boolean
  /** The emoji's place after a user took it back; missing when no user is left. */
  place?: number
}

/** A message as a user sees it who sees none before a position; null for such a one. */
export function seenFrom(first: number, message: Message): Message | null {
  if (message.seq < first) return null
  const { reply } = message
  return !reply || reply.seq >= first ? message : { ...message, reply: null }
}

/** The changes of a conversation. */
interface ConversationChanges {
  subject?: string | null
  metadata?: Record<string, unknown>
  people?: Participant[]
  writers?: Conversation['writers']
  history?: Conversation['history']
  /** Whether typing and presence have another topic now. */
  rekeyed?: boolean
}

/** A change by its number: of a message, a reaction, or the conversation itself, with the system message that tells of it. */
export interface Change {
  revision: number
  message?: Message
  /** The excerpt that replies show of an edited message, when it is shorter than the text. */
  excerpt?: string
  reaction?: ReactionChange
  /** Null when it was too long for an event: the database has to be asked. */
  changes?: ConversationChanges | null
}

const reaction = row({
  revision: integer(),
  seq: integer(),
  userId: id,
  emoji: text(),
  present: flag,
  place: optional(integer()),
})

const changes = row({
  subject: optional(nullable(text())),
  metadata: optional(metadata),
  people: optional(list(participant)),
  writers: optional(writers),
  history: optional(history),
  rekeyed: optional(flag),
})

/** The readers of the events of a conversation, by the name of the event. */
const events: Record<string, Reader<Change>> = {
  message: revisedMessage,
  reaction(value, path) {
    const { revision, ...change } = reaction(value, path)
    return { revision, reaction: change }
  },
  conversation: row({
    revision: integer(),
    changes: nullable(changes),
    message: optional(message),
  }),
}

/** The change that an event carries, or null when the event cannot be read and the client has to fetch it. */
export const readChange = (context: Context, event: string, payload: unknown): Change | null =>
  readOrNull((...given) => events[event]!(...given), payload, context)

/** How far a user has read; never back. */
export const readMarkEvent = row({ userId: id, lastReadSeq: integer() })

/** How far each participant has read, by user. */
export type Marks = Record<string, number>

export const marksOf = ({ participants }: Conversation): Marks =>
  Object.fromEntries(participants.map((one) => [one.id, one.lastReadSeq]))

/** A conversation in which users have read up to positions; the same object when that is no news. A mark never moves back. */
export function readUpTo(conversation: Conversation, marks: Marks): Conversation {
  const isNews = (one: Participant) => marks[one.id]! > one.lastReadSeq
  if (!conversation.participants.some(isNews)) return conversation
  const participants = conversation.participants.map((one) =>
    isNews(one) ? { ...one, lastReadSeq: marks[one.id]! } : one,
  )
  return { ...conversation, participants }
}

/** The lists of positions that a conversation has. */
const lists = ['deletedUnread', 'mentionedUnread', 'pinnedSeqs'] as const

/** A conversation whose lists are changed, each by its place; the same object when none of them is. */
function withLists(before: Conversation, change: (list: number[], place: number) => number[]): Conversation {
  let conversation = before
  lists.forEach((name, place) => {
    const list = change(before[name], place)
    if (list.length !== before[name].length) conversation = { ...conversation, [name]: list }
  })
  return conversation
}

/** A conversation whose lists begin after a read mark and where its messages do, as the database lists them. */
export const unreadFrom = (conversation: Conversation, readSeq: number, visibleFrom: number): Conversation =>
  withLists(conversation, (list, place) =>
    list.filter((seq) => seq >= (place < 2 ? readSeq + 1 : visibleFrom)).slice(-1000),
  )

/** How many messages after a read mark are unread: deleted and system messages are not. */
export const unreadAfter = (readSeq: number, { lastSeq, deletedUnread }: Conversation): number =>
  // A mark may come before the message that it marks.
  Math.max(0, lastSeq - readSeq - deletedUnread.length)

/** A conversation with what changed of it. */
export function changed(conversation: Conversation, changes: ConversationChanges): Conversation {
  const { people, rekeyed: _, ...fields } = changes
  if (!people?.length) return { ...conversation, ...fields }
  const { participants, formerParticipants } = conversation
  const all = new Map([...formerParticipants, ...participants].map((one) => [one.id, one]))
  for (const one of people) {
    const known = all.get(one.id)
    // A user who comes back comes last.
    if (+(known?.joinedAt ?? 0) !== +one.joinedAt) all.delete(one.id)
    all.set(one.id, { ...one, lastReadSeq: Math.max(one.lastReadSeq, known?.lastReadSeq ?? 0) })
  }
  const isIn = (one: Participant) => !one.leftAt || conversation.kind === 'direct'
  const everyone = [...all.values()]
  return {
    ...conversation,
    ...fields,
    participants: everyone.filter(isIn),
    formerParticipants: everyone.filter((one) => !isIn(one)).sort((a, b) => +b.leftAt! - +a.leftAt!),
  }
}

/** A conversation after a message that may be its newest, or was changed, as a user sees it. */
export function afterMessage(before: Conversation, message: Message, userId: string | null): Conversation {
  const { seq: lastSeq, createdAt: lastMessageAt, senderId, deletedAt, pinnedAt, mentions, system } = message
  const isIn = [deletedAt ?? system, mentions.some((one) => one === userId), pinnedAt]
  const conversation = withLists(before, (list, place) => {
    const others = list.filter((seq) => seq !== lastSeq)
    return isIn[place] ? [...others, lastSeq].sort((a, b) => a - b) : others
  })
  if (deletedAt || lastSeq <= conversation.lastSeq) return conversation
  // Nobody has said anything.
  if (system) return { ...conversation, lastSeq }
  // A sender has read what was sent before.
  return readUpTo({ ...conversation, lastSeq, lastMessageAt }, { [senderId]: lastSeq })
}

function reacted(message: Message, { userId, emoji, present, place }: ReactionChange): Message {
  const at = message.reactions.findIndex((one) => one.emoji === emoji)
  const reactions = message.reactions.filter((_, other) => other !== at)
  const userIds = message.reactions[at]?.userIds.filter((other) => other !== userId) ?? []
  if (present) {
    userIds.push(userId)
    place = at < 0 ? reactions.length : at
  }
  if (userIds[0]) reactions.splice(place!, 0, { emoji, userIds })
  return { ...message, reactions }
}

/** A message after a change to itself, or to the one that it replies to; the same object when it is neither. */
export function renewed(known: Message, { message, excerpt, reaction }: Change): Message {
  if (reaction) return reaction.seq === known.seq ? reacted(known, reaction) : known
  // An edit leaves the reactions as they are, and says nothing of them.
  if (message?.id === known.id) return { ...message, reactions: message.reactions ?? known.reactions }
  // A pin leaves the words as they are.
  if (!known.reply || known.reply.id !== message?.id || !(message.editedAt ?? message.deletedAt)) return known
  return { ...known, reply: { ...known.reply, excerpt: excerpt ?? message.content } }
}
