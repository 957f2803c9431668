import { id, metadata } from '../../core/parse.ts'
import { list, number, object, optional, type Reader, text } from '../../core/shape.ts'
import type { KeptWrite } from '../../live/offline.ts'

/** A message to send. */
export interface NewMessage {
  /** The text, 1 to 8,000 characters. It can be empty beside an attachment or a song. */
  content: string
  /** A UUID, created for you by default. Keep it when you retry: the same id is sent once. */
  id?: string | undefined
  /** Your own fields: an object of at most 8 KiB. */
  metadata?: Record<string, unknown> | undefined
  /** Id of the message that this one replies to, in the same conversation. */
  replyTo?: string | undefined
  /** Ids of the users that the message mentions, at most 50. Users who are not in the conversation are left out. */
  mentions?: string[] | undefined
  /** The files of the message from `uploadAttachment`, at most 10. */
  attachments?: NewAttachment[] | undefined
  /** Id of a song to show. It gives no access to the song. */
  songId?: string | undefined
}

/** The changes of a message. A field that you pass replaces the whole field; the other fields stay. */
export interface MessageChanges {
  /** The text, 1 to 8,000 characters. It can be empty beside an attachment or a song. */
  content?: string | undefined
  /**
   * Ids of the users that the message mentions, at most 50. Users who are not in the conversation are left out, except those that the
   * message mentions already.
   */
  mentions?: string[] | undefined
  /** All files of the message, at most 10: files that it has, and new ones from `uploadAttachment`. A file that you leave out is removed. */
  attachments?: NewAttachment[] | undefined
  /** Your own fields: an object of at most 8 KiB. */
  metadata?: Record<string, unknown> | undefined
}

/** A file of a message, by its path in the bucket `chat`. */
export interface NewAttachment extends AttachmentDetails {
  path: string
  /** The name that users see, as the file system has it: line breaks and marks of direction are removed, and what is over 255 characters. */
  name: string
}

/** The details of a file from the sender's client, for the layout before other clients load the file. The database checks them. */
export interface AttachmentDetails {
  /** Width of an image or video in pixels, 1 to 100,000, together with `height`. */
  width?: number | undefined
  /** Height of an image or video in pixels, 1 to 100,000, together with `width`. */
  height?: number | undefined
  /** Length of a recording or video in seconds, at most 86,400; may have decimals. */
  duration?: number | undefined
  /** Loudness of a recording or video over time: 1 to 256 whole numbers from 0 to 255. */
  waveform?: number[] | undefined
  /** A BlurHash of an image or video, or of the `preview` of any file. */
  blurhash?: string | undefined
  /** Path of a smaller picture of the file, from `uploadAttachment`. Users who see the message can read it. */
  preview?: string | undefined
}

/** A message of the user that the database does not have yet. */
export interface PendingMessage {
  id: string
  conversationId: string
  /** As for `NewMessage`. */
  content: string
  /** Your own fields. */
  metadata: Record<string, unknown>
  /** Id of the message that it replies to, or null. */
  replyTo: string | null
  /** Ids of mentioned users. */
  mentions: string[]
  /** Files that go with it. */
  attachments: NewAttachment[]
  /** Id of the song that the message shows, or null. */
  songId: string | null
  createdAt: Date
  /** `sending` while the message waits or is being sent, `failed` when it needs `retry` or `discard`. */
  status: 'sending' | 'failed'
  /** Why the message failed, or null. */
  failure: { code: string; message: string; hint: string } | null
}

/** A message that is complete: checked, with its id. */
export type CompleteMessage = NewMessage & Required<Pick<NewMessage, 'id' | 'metadata'>>

/** A message that the database does not have yet, as it is kept on the device. */
export interface Unsent extends CompleteMessage {
  /** Who wrote it. */
  userId: string
  conversationId: string
  /** When the user sent the message, in milliseconds since the epoch. */
  at: number
  /** Another write than a message, which the cache keeps. */
  write?: KeptWrite['write']
  /** Why the outbox does not send the message again. */
  failure?: { code: string; message: string; hint: string }
}

/** Readers of {@link AttachmentDetails}; the database knows the limits. */
export const details = {
  width: optional(number),
  height: optional(number),
  duration: optional(number),
  waveform: optional(list(number)),
  blurhash: optional(text()),
  preview: optional(text()),
}

const written = text({ pattern: /\S/, expected: 'text' })
const fields = object({
  content: text(),
  id: optional(id),
  metadata: optional(metadata),
  replyTo: optional(id),
  mentions: optional(list(id)),
  attachments: optional(list(object({ path: text(), name: text(), ...details }))),
  songId: optional(id),
})

/** Reads a message to send. */
export const newMessage: Reader<NewMessage> = (value, path) => {
  const message = fields(value, path)
  if (!message.songId && !message.attachments?.length) written(message.content, 'content')
  return message
}

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
