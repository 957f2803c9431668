import { avatarBucket, avatarUrl } from '../../core/avatar.ts'
import { call, nothing } from '../../core/call.ts'
import type { Context } from '../../core/context.ts'
import {
  checkedSize,
  type FileBytes,
  type RefusedFile,
  readBytes,
  refusedFile,
} from '../../core/file-bytes.ts'
import { requireIdentity } from '../../core/identity.ts'
import { newId } from '../../core/new-id.ts'
import { calledWith, parseInput } from '../../core/parse.ts'
import type { CallOptions } from '../../core/run.ts'
import { list, row, text } from '../../core/shape.ts'
import { askStorage } from '../../core/storage-call.ts'

/** The bytes of a picture. In React Native pass an `ArrayBuffer`, because its `Blob` does not give its bytes. */
export type AvatarFile = FileBytes

/** How files of a type begin, as Latin-1. */
const kinds: [extension: string, magic: RegExp, type?: string][] = [
  ['png', /^\x89PNG\r\n/],
  ['jpg', /^\xff\xd8\xff/, 'jpeg'],
  ['gif', /^GIF8[79]a/],
  ['webp', /^RIFF....WEBP/s],
  ['avif', /^....ftypavi[fs]/s],
]

/** The picture with the type from its first bytes, whatever type was given. */
async function readImage(file: AvatarFile, refuse: RefusedFile) {
  checkedSize(file, 2, refuse)
  const bytes = await readBytes(file, refuse)
  const start = String.fromCharCode(...new Uint8Array(bytes.slice(0, 16)))
  const kind = kinds.find(([, magic]) => magic.test(start))
  if (!kind) throw refuse('expected a PNG, JPEG, WebP, GIF or AVIF image')
  const [extension, , type = extension] = kind
  return { bytes, extension, type: `image/${type}` }
}

/** What an operation is called with that takes nothing but options, or something that is checked apart. */
export const onlyOptions = calledWith({})
const replacedFiles = row({ replaced: list(text()) })

/** Records the picture, and removes the files that it replaced. */
async function record(context: Context, operation: string, path: string | null, options?: CallOptions) {
  // The generated type does not know that an argument may be null.
  const input = { path: path as string }
  const { replaced } = await call(context, operation, options, 'set_avatar', input, replacedFiles)
  if (replaced.length === 0) return
  const remove = () => context.supabase.storage.from(avatarBucket).remove(replaced)
  // What stays behind when this fails is among the replaced files of the next picture.
  await askStorage(context, operation, options, remove, () => false, nothing).catch(() => {})
}

export async function setAvatar(context: Context, file: AvatarFile, options?: CallOptions): Promise<string> {
  const operation = 'profiles.setAvatar'
  parseInput(operation, onlyOptions, [options])
  const refuse = refusedFile(operation, 'avatar')
  const { bytes, extension, type } = await readImage(file, refuse)
  const { userId } = await requireIdentity(context, operation)
  const path = `${userId}/${newId()}.${extension}`
  await askStorage(
    context,
    operation,
    options,
    () =>
      context.supabase.storage
        .from(avatarBucket)
        .upload(path, bytes, { contentType: type, cacheControl: '31536000' }),
    // The project's bucket may be stricter than we are.
    (status, message) => (status === 413 || status === 415) && refuse(message),
    nothing,
  )
  await record(context, operation, path, options)
  return avatarUrl(context, path)
}

export async function removeAvatar(context: Context, options?: CallOptions): Promise<void> {
  const operation = 'profiles.removeAvatar'
  parseInput(operation, onlyOptions, [options])
  await record(context, operation, null, options)
}
