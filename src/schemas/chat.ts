import * as z from 'zod'
import { metadata } from './metadata.ts'
import { id } from './scalars.ts'
import { anyText, emptyableLines, faultOfName, hasText, name, ruled } from './text.ts'

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~'
const blurhash = ruled((hash) => {
  const parts = digits.indexOf(hash.charAt(0))
  const isWhole = hash.length === 4 + 2 * ((parts % 9) + 1) * (Math.floor(parts / 9) + 1)
  return hash !== '' && parts <= 80 && isWhole && [...hash].every((sign) => digits.includes(sign))
    ? undefined
    : 'is not a BlurHash'
})
const pixels = z.int().min(1).max(100_000).optional()

// Which of these a file may have depends on its type, which only Storage knows.
const file = z
  .strictObject({
    path: anyText,
    name: anyText,
    width: pixels,
    height: pixels,
    duration: z.number().positive().max(86_400).optional(),
    waveform: z.array(z.int().min(0).max(255)).min(1).max(256).optional(),
    blurhash: blurhash.optional(),
    preview: anyText.optional(),
  })
  .superRefine(({ width, height }, context) => {
    if ((width === undefined) === (height === undefined)) return
    const field = width === undefined ? 'height' : 'width'
    context.addIssue({ code: 'custom', path: [field], message: 'stands alone: give width and height' })
  })
const place = /^[0-9a-f-]{36}\/[0-9a-f-]{36}\/[^/]+\/[^/]+$/
// What a file system allows in a name and the database removes.
const removed = /[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufff9-\ufffb\ufffe\uffff]/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: they become spaces
const broken = /[\u0001-\u001f\u007f-\u009f\u2028\u2029]+/g

const attachments = z
  .array(file)
  .max(10)
  .superRefine((files, context) => {
    const isShown = ({ name }: { name: string }) =>
      !faultOfName(name.replace(removed, '').replace(broken, ' '), Number.POSITIVE_INFINITY)
    const message = files.some(({ path }) => !place.test(path))
      ? 'names a file that is not from uploadAttachment'
      : !files.every(isShown)
        ? 'has a file without a name'
        : new Set(files.map(({ path }) => path)).size < files.length
          ? 'names a file twice'
          : undefined
    if (message) context.addIssue({ code: 'custom', message })
  })
const mentions = z.array(id).max(50)
const content = emptyableLines(8000, (text) => text === '')

/**
 * The input of `chat.send` and of `send` of an open conversation. Only the database knows whether files, the song and the message that it
 * replies to exist.
 *
 * @example
 * ```ts
 * import { newMessage } from 'tertulia/schemas'
 *
 * const message = newMessage.parse({ content: '¡Hola!' })
 * await tertulia.chat.send(group.id, message)
 * ```
 */
export const newMessage = z
  .strictObject({
    content,
    id: id.optional(),
    metadata: metadata.optional(),
    replyTo: id.optional(),
    mentions: mentions.optional(),
    attachments: attachments.optional(),
    songId: id.optional(),
  })
  .superRefine((message, context) => {
    if (hasText(message.content) || message.songId || message.attachments?.length) return
    context.addIssue({ code: 'custom', path: ['content'], message: 'is empty' })
  })

/**
 * The changes of `chat.editMessage`. Only the database knows whether an empty text stands beside files or a song.
 *
 * @example
 * ```ts
 * import { messageChanges } from 'tertulia/schemas'
 *
 * messageChanges.parse({ content: 'What I meant to say' })
 * ```
 */
export const messageChanges = z
  .strictObject({
    content: content.optional(),
    mentions: mentions.optional(),
    attachments: attachments.optional(),
    metadata: metadata.optional(),
  })
  .superRefine((changes, context) => {
    if (Object.values(changes).some((value) => value !== undefined)) return
    context.addIssue({ code: 'custom', message: 'names nothing to change' })
  })

/**
 * The filters of `chat.searchMessages`.
 *
 * @example
 * ```ts
 * import { messageFilters } from 'tertulia/schemas'
 *
 * messageFilters.parse({ conversationId: group.id })
 * ```
 */
export const messageFilters = z.strictObject({ conversationId: id.optional() })

const subject = name(200).nullable().optional()

/**
 * The input of `chat.createGroup`. Only the database knows whether the users exist.
 *
 * @example
 * ```ts
 * import { newGroup } from 'tertulia/schemas'
 *
 * const input = newGroup.parse({ subject: 'Coro', memberIds: [ben.id] })
 * await tertulia.chat.createGroup(input)
 * ```
 */
export const newGroup = z.strictObject({
  subject,
  memberIds: z.array(id).max(256),
  metadata: metadata.optional(),
  id: id.optional(),
})

/**
 * The changes of `chat.updateGroup`.
 *
 * @example
 * ```ts
 * import { groupChanges } from 'tertulia/schemas'
 *
 * groupChanges.parse({ subject: 'Coro de los martes' })
 * ```
 */
export const groupChanges = z.strictObject({
  subject,
  metadata: metadata.optional(),
  writers: z.enum(['everyone', 'admins']).optional(),
})

/**
 * The reason of `chat.report`.
 *
 * @example
 * ```ts
 * import { reportReason } from 'tertulia/schemas'
 *
 * reportReason.parse({ reason: 'spam' })
 * ```
 */
export const reportReason = z.strictObject({
  reason: name(100),
  note: emptyableLines(2000, (text) => text === '').optional(),
})
