import { avatarBucket } from './avatar.ts'
import { nothing } from './call.ts'
import type { Context } from './context.ts'
import { checkedSize, type FileBytes, type RefusedFile, readBytes } from './file-bytes.ts'
import { newId } from './new-id.ts'
import type { CallOptions } from './run.ts'
import { askStorage } from './storage-call.ts'

/** How files of a type begin, as Latin-1. */
const kinds: [extension: string, magic: RegExp, type?: string][] = [
  ['png', /^\x89PNG\r\n/],
  ['jpg', /^\xff\xd8\xff/, 'jpeg'],
  ['gif', /^GIF8[79]a/],
  ['webp', /^RIFF....WEBP/s],
  ['avif', /^....ftypavi[fs]/s],
]

/** Uploads a picture of at most 2 MiB, with the type that its first bytes tell, into a folder. Answers its path. */
export async function uploadPicture(
  context: Context,
  operation: string,
  findFolder: () => Promise<string>,
  file: FileBytes,
  refuse: RefusedFile,
  options?: CallOptions,
): Promise<string> {
  checkedSize(file, 2, refuse)
  const bytes = await readBytes(file, refuse)
  const start = String.fromCharCode(...new Uint8Array(bytes.slice(0, 16)))
  const kind = kinds.find(([, magic]) => magic.test(start))
  if (!kind) throw refuse('expected a PNG, JPEG, WebP, GIF or AVIF image')
  const [extension, , type = extension] = kind
  const path = `${await findFolder()}/${newId()}.${extension}`
  await askStorage(
    context,
    operation,
    options,
    () =>
      context.supabase.storage
        .from(avatarBucket)
        .upload(path, bytes, { contentType: `image/${type}`, cacheControl: '31536000' }),
    // The project's bucket may be stricter than we are.
    (status, message) => (status === 413 || status === 415) && refuse(message),
    nothing,
  )
  return path
}

/** Removes replaced pictures. What stays behind when this fails is among the replaced files of the next picture. */
export async function removePictures(
  context: Context,
  operation: string,
  paths: string[],
  options?: CallOptions,
): Promise<void> {
  if (paths.length === 0) return
  const remove = () => context.supabase.storage.from(avatarBucket).remove(paths)
  await askStorage(context, operation, options, remove, () => false, nothing).catch(() => {})
}
