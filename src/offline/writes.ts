import type { Message } from '../chat/schema.ts'
import type { KeptWrite } from '../live/offline.ts'

/** A kept write, with its parts. */
export type Write = KeptWrite & { write: NonNullable<KeptWrite['write']> }

type Given = Record<string, unknown>

/** By what two writes are of the same thing, so that the later one decides; undefined for what is not kept. */
export function subjectOf([, name, given]: Write['write']): string | undefined {
  if (name === 'edit_message' || name === 'delete_message') return `${name} ${given.messageId}`
  if (name === 'react') return `${name} ${given.messageId} ${given.emoji}`
  if (name === 'mark_read' || name === 'set_conversation_flags') return `${name} ${given.conversationId}`
  return undefined
}

/** Whether a later write leaves nothing of one before it. */
export function replaces(write: Write['write'], before: Write['write']): boolean {
  const isDeleted = write[1] === 'delete_message' && write[2].messageId === before[2].messageId
  return isDeleted || subjectOf(write) === subjectOf(before)
}

/** Two writes of the same thing as one. */
export function merge(
  [, , before]: Write['write'],
  [operation, name, given]: Write['write'],
): Write['write'] {
  const both: Given = { ...given }
  for (const part of ['changes', 'flags']) {
    if (given[part] && before[part]) both[part] = { ...(before[part] as Given), ...(given[part] as Given) }
  }
  if (name === 'mark_read') both.seq = Math.max(Number(before.seq), Number(given.seq))
  return [operation, name, both]
}

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
    const changes = given.changes as Partial<Message>
    const { attachments: files = message.attachments } = changes
    // Type and size of a new file are known when the database has it.
    const attachments = files.map((file) => {
      const known = message.attachments.find(({ path }) => path === file.path)
      return { ...file, mimeType: known?.mimeType ?? '', size: known?.size ?? 0 }
    })
    return { ...message, ...changes, attachments, editedAt: new Date(at) }
  }
  const { emoji, present } = given as { emoji: string; present: boolean }
  const known = message.reactions.find((one) => one.emoji === emoji)?.userIds ?? []
  if (known.includes(userId) === present) return message
  const userIds = present ? [...known, userId] : known.filter((one) => one !== userId)
  const reactions =
    known.length > 0
      ? message.reactions.map((one) => (one.emoji === emoji ? { emoji, userIds } : one))
      : [...message.reactions, { emoji, userIds }]
  return { ...message, reactions: reactions.filter((one) => one.userIds.length > 0) }
}
