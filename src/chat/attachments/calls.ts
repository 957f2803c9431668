import type { CallOptions } from '../../core/run.ts'
import type { AttachmentFile, AttachmentUrlOptions, UploadOptions } from './attachments.ts'

/** Calls about files of messages. */
export interface FileCalls {
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
   * const attachment = await tertulia.chat.uploadAttachment(group.id, file)
   * await tertulia.chat.send(group.id, { content: 'La partitura', attachments: [{ ...attachment, width: 1200, height: 900 }] })
   * ```
   */
  uploadAttachment(
    conversationId: string,
    file: AttachmentFile,
    options?: UploadOptions & CallOptions,
  ): Promise<{ path: string; name: string }>
  /**
   * Returns a signed URL of a message's file. Anyone who has the URL can open the file until it expires, also a user who is removed
   * meanwhile: keep it short, and get a new one when you need it. For current participants.
   *
   * @param path - The attachment's `path`.
   * @param options - `expiresIn`: 1 to 604,800 seconds, default 60. `download`: the file name that browsers save it under.
   * @throws `attachment_not_found`, also for a file that you may not see; `invalid_input`; `not_signed_in`.
   * @example
   * ```ts
   * for (const { path } of message.attachments) console.log(await tertulia.chat.attachmentUrl(path))
   * ```
   */
  attachmentUrl(path: string, options?: AttachmentUrlOptions & CallOptions): Promise<string>
  /**
   * Removes your own file, such as one that you uploaded and did not send. Does nothing for a file that is not yours, and for one that a
   * message shows: delete the message first.
   *
   * @param path - The `path` of `uploadAttachment`.
   * @throws `invalid_input`, `not_signed_in`.
   * @example
   * ```ts
   * const { path } = await tertulia.chat.uploadAttachment(group.id, file)
   * await tertulia.chat.removeAttachment(path)
   * ```
   */
  removeAttachment(path: string, options?: CallOptions): Promise<void>
}
