import { nothing } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import { TertuliaError } from '../core/error.ts'
import { checkedSize, type FileBytes, readBytes, refusedFile } from '../core/file-bytes.ts'
import { requireIdentity } from '../core/identity.ts'
import { newId } from '../core/new-id.ts'
import { calledWith, id, parseInput } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
import { integer, optional, row, text, withDefault } from '../core/shape.ts'
import { askStorage } from '../core/storage-call.ts'

const bucket = 'chat'
const filePath = { path: text({ pattern: /./s }) }

/** A file's bytes; in React Native, whose `Blob` does not give them, an `ArrayBuffer`. */
export type AttachmentFile = FileBytes

/** What the bytes do not say. */
export interface UploadOptions {
  /** What it is called, 1 to 255 characters; a `File`'s own name unless told. */
  name?: string
  /** Its MIME type; the blob's own unless told. */
  type?: string
  /** A UUID of your own for this upload. Try again with the same one, and the same name, and there is one file. */
  id?: string
}

/** How a file is opened. */
export interface AttachmentUrlOptions {
  /** Seconds for which the URL works, up to a week; 60 unless told. */
  expiresIn?: number
  /** Makes browsers save the file under this name in place of showing it. */
  download?: string
}

const notFound = (operation: string, code: 'conversation_not_found' | 'attachment_not_found') =>
  new TertuliaError(code, `unable to complete ${operation}; there is none that you may use`, { operation })

/**
 * Uploads a file for a message of a conversation; pass what comes back to `send`, in `attachments`. Until then only oneself
 * sees it. A line of 32 KiB a second has time enough.
 *
 * @param file - Up to 25 MiB: PNG, JPEG, GIF, WebP, AVIF or HEIC, audio, video, PDF, plain text.
 * @throws `invalid_input` with field `file` for another type or size, `conversation_not_found`, `not_signed_in`.
 * @example
 * ```ts
 * const attachment = await tertulia.chat.uploadAttachment(conversation.id, input.files[0])
 * await conversation.send({ content: 'La partitura', attachments: [attachment] })
 * ```
 */
export async function uploadAttachment(
  context: Context,
  conversationId: string,
  file: AttachmentFile,
  options?: UploadOptions & CallOptions,
): Promise<{ path: string; name: string }> {
  const operation = 'chat.uploadAttachment'
  const own = Object(file)
  const input = calledWith(
    { conversationId: id },
    {
      name: withDefault(text({ pattern: /^[^\0\ud800-\udfff]{1,255}$/u }), own.name || 'file'),
      type: withDefault(text(), own.type ?? ''),
      id: optional(id),
    },
  )
  const {
    name,
    type,
    id: uploadId = newId(),
    ...place
  } = parseInput(operation, input, [conversationId, options])
  const refuse = refusedFile(operation, 'file')
  const size = checkedSize(file, 25, refuse)
  const { userId } = await requireIdentity(context, operation)
  // Storage takes few letters in a path; the name itself goes with the message.
  const leaf = name.replace(/[^\w.-]+/g, '_').replace(/^\.+/, '_')
  const path = `${place.conversationId}/${userId}/${uploadId}/${leaf.slice(-100)}`
  await askStorage(
    context,
    operation,
    { ...options, timeoutMs: context.timeoutMs + size / 32 },
    async () => {
      const bytes = await readBytes(file, refuse)
      // Storage compares the bare type, in lower case.
      const contentType = type.replace(/;.*/s, '').trim().toLowerCase()
      const answer = await context.supabase.storage.from(bucket).upload(path, bytes, { contentType })
      // It is there since an upload whose answer was lost.
      return Number(Object(answer.error).statusCode) === 409 ? { data: null, error: null } : answer
    },
    (status, message) =>
      // The bucket says which types it takes; it may take less than 25 MiB as well.
      status === 413 || status === 415
        ? refuse(message)
        : status === 403 && /row-level/.test(message) && notFound(operation, 'conversation_not_found'),
    nothing,
  )
  return { path, name }
}

/**
 * A URL that opens a message's file for a while, for whoever has it: also for somebody who is removed meanwhile, so keep it
 * short and make a new one when it is needed. For participants of now.
 *
 * @throws `attachment_not_found`, also for a file that one may not see; `invalid_input`; `not_signed_in`.
 * @example
 * ```ts
 * image.src = await tertulia.chat.attachmentUrl(message.attachments[0].path)
 * ```
 */
export async function attachmentUrl(
  context: Context,
  path: string,
  options?: AttachmentUrlOptions & CallOptions,
): Promise<string> {
  const operation = 'chat.attachmentUrl'
  const input = calledWith(filePath, {
    expiresIn: withDefault(integer(1, 604_800), 60),
    download: optional(text()),
  })
  const { expiresIn, download, ...file } = parseInput(operation, input, [path, options])
  await requireIdentity(context, operation)
  const { signedUrl } = await askStorage(
    context,
    operation,
    options,
    () => context.supabase.storage.from(bucket).createSignedUrl(file.path, expiresIn),
    (status) => (status === 404 || status === 400) && notFound(operation, 'attachment_not_found'),
    row({ signedUrl: text() }, { signedUrl: 'signedUrl' }),
  )
  // storage-js encodes the name twice.
  return download ? `${signedUrl}&download=${encodeURIComponent(download)}` : signedUrl
}

/**
 * Removes a file of one's own, such as one that was uploaded and not sent. What is not there, or somebody else's, stays as it is.
 *
 * @throws `invalid_input`, `not_signed_in`.
 * @example
 * ```ts
 * await tertulia.chat.removeAttachment(attachment.path)
 * ```
 */
export async function removeAttachment(context: Context, path: string, options?: CallOptions): Promise<void> {
  const operation = 'chat.removeAttachment'
  const file = parseInput(operation, calledWith(filePath), [path, options])
  await requireIdentity(context, operation)
  await askStorage(
    context,
    operation,
    options,
    () => context.supabase.storage.from(bucket).remove([file.path]),
    () => false,
    nothing,
  )
}
