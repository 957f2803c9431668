import { call, nothing } from '../../core/call.ts'
import type { Context } from '../../core/context.ts'
import { refusal } from '../../core/error.ts'
import { checkedSize, type FileBytes, readBytes, readFile, refusedFile } from '../../core/file-bytes.ts'
import { requireIdentity } from '../../core/identity.ts'
import { newId } from '../../core/new-id.ts'
import { calledWith, id, parseInput } from '../../core/parse.ts'
import type { CallOptions } from '../../core/run.ts'
import { integer, optional, text, withDefault } from '../../core/shape.ts'
import { askStorage } from '../../core/storage-call.ts'

const bucket = 'chat'
const filePath = { path: text({ pattern: /^[^\0\ud800-\udfff]+$/u }) }

/** The bytes of a file. In React Native pass an `ArrayBuffer`, because its `Blob` does not give its bytes. */
export type AttachmentFile = FileBytes

/** Options of an upload. */
export interface UploadOptions {
  /** The file name, 1 to 255 characters; by default the name of a `File`. */
  name?: string | undefined
  /** The MIME type; by default the type of a `Blob`. */
  type?: string | undefined
  /** A UUID. Retry with the same id and name to store one file. */
  id?: string | undefined
}

/** Options of a signed URL. */
export interface AttachmentUrlOptions {
  /** How long the URL works, in seconds: 1 to 604,800 (a week), default 60. */
  expiresIn?: number | undefined
  /** Browsers save the file under this name instead of showing it. */
  download?: string | undefined
}

/**
 * Uploads a file for a message. Pass the result to `send` in `attachments`. Until then only you can see the file. Large files get more
 * time: a second for each 32 KiB on top of the client's timeout.
 *
 * @param conversationId - The conversation's id.
 * @param file - At most 25 MiB: an image (not SVG), audio, video, PDF or plain text.
 * @param options - `name` and `type` are the file's own by default. To retry safely, pass an `id`: the same id stores one file.
 * @throws `invalid_input` with field `file` for another type or size; `too_many_files` when 50 of your files there are not sent yet;
 * `forbidden` where you cannot write; `conversation_not_found`; `not_signed_in`.
 * @example
 * ```ts
 * const attachment = await uploadAttachment(context, group.id, file)
 * ```
 */
export async function uploadAttachment(
  context: Context,
  conversationId: string,
  file: AttachmentFile,
  options?: UploadOptions & CallOptions,
): Promise<{ path: string; name: string }> {
  const operation = 'chat.uploadAttachment'
  const own = readFile(file)
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
  const leaf = name.replace(/^\.+|[^\w.-]+/g, '_')
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
    async (status, message) => {
      // The bucket says which types it takes; it may take less than 25 MiB as well.
      if (status === 413 || status === 415) return refuse(message)
      if (status !== 403 || !message.includes('row-level')) return false
      // Storage says the same for every reason; the database throws the right one.
      await call(context, operation, options, 'check_upload', place, nothing)
      return false
    },
    nothing,
  )
  return { path, name }
}

/**
 * Returns a signed URL of a message's file. Anyone who has the URL can open the file until it expires, also a user who is removed
 * meanwhile: keep it short, and get a new one when you need it. For current participants.
 *
 * @param path - The attachment's `path`.
 * @param options - `expiresIn`: 1 to 604,800 seconds, default 60. `download`: the file name that browsers save it under.
 * @throws `attachment_not_found`, also for a file that you may not see; `invalid_input`; `not_signed_in`.
 * @example
 * ```ts
 * for (const { path } of message.attachments) console.log(await attachmentUrl(context, path))
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
  const signedUrl = await askStorage(
    context,
    operation,
    options,
    () => context.supabase.storage.from(bucket).createSignedUrl(file.path, expiresIn),
    (status) =>
      (status === 404 || status === 400) &&
      refusal('attachment_not_found', operation, 'it does not exist or is not for you'),
    (data, path) => text()(Object(data).signedUrl, path),
  )
  // storage-js encodes the name twice.
  return download ? `${signedUrl}&download=${encodeURIComponent(download)}` : signedUrl
}

/**
 * Removes your own file, such as one that you uploaded and did not send. Does nothing for a file that is not yours, and for one that a
 * message shows: delete the message first.
 *
 * @param path - The `path` of `uploadAttachment`.
 * @throws `invalid_input`, `not_signed_in`.
 * @example
 * ```ts
 * const { path } = await uploadAttachment(context, group.id, file)
 * await removeAttachment(context, path)
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
