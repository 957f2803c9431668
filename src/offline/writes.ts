import type { Message } from '../chat/schema.ts'
import { isObject } from '../core/shape.ts'
import type { KeptWrite } from '../live/offline.ts'

/** A kept write, with its parts. */
export type Write = KeptWrite & { write: NonNullable<KeptWrite['write']> }

type Given = Record<string, unknown>

export const markRead = 'mark_read'
export const flags = 'set_conversation_flags'
export const draft = 'set_draft'

/** By what two writes are of the same thing, so that the later one decides; undefined for what is not kept. */
export function subjectOf([, name, given]: Write['write']): string | undefined {
  const isKept = ['edit_message', 'delete_message', 'react', markRead, flags, draft].includes(name)
  // Files need the network anyway, and only the database knows their types and sizes.
  if (!isKept || (given.changes as Given)?.attachments) return undefined
  // A mark as unread keeps its place among the read positions.
  return [
    name,
    given.messageId ?? given.conversationId,
    given.emoji,
    'marked_unread' in Object(given.flags),
  ].join()
}

/** Whether a later write leaves nothing of one before it. */
export const replaces = (write: Write['write'], before: Write['write']): boolean =>
  subjectOf(write) === subjectOf(before) ||
  (write[1] === 'delete_message' && write[2].messageId === before[2].messageId)

/** A write with what remains of the one that it replaces. */
export const merge = (
  [, , before]: Write['write'],
  [operation, name, given]: Write['write'],
): Write['write'] => [
  operation,
  name,
  Object.fromEntries(
    Object.entries(given).map(([key, value]) => [
      key,
      // A draft is one thing, and leaves nothing of the one before.
      isObject(value) && key !== 'draft'
        ? { ...(before[key] as Given), ...value }
        : key === 'seq'
          ? Math.max(value as number, before.seq as number)
          : value,
    ]),
  ),
]

const emptied = {
  content: '',
  metadata: {},
  reply: null,
  mentions: [],
  attachments: [],
  song: null,
  reactions: [],
}

/** A message as it will be after a write. */
export function written(message: Message, { userId, at, write: [, name, given] }: Write): Message {
  if (message.id !== given.messageId || message.deletedAt) return message
  if (name === 'delete_message') return { ...message, ...emptied, deletedAt: new Date(at) }
  if (name === 'edit_message') {
    return { ...message, ...(given.changes as Partial<Message>), editedAt: new Date(at) }
  }
  const { emoji, present } = given as { emoji: string; present: boolean }
  const reactions = [...message.reactions]
  const place = reactions.findIndex((one) => one.emoji === emoji)
  const userIds = reactions[place]?.userIds.filter((one) => one !== userId) ?? []
  if (present) userIds.push(userId)
  reactions.splice(place < 0 ? reactions.length : place, 1, ...(userIds[0] ? [{ emoji, userIds }] : []))
  return { ...message, reactions }
}
