import { call } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import { TertuliaError } from '../core/error.ts'
import { bytesOf, type FileBytes, sizeOf } from '../core/file-bytes.ts'
import { requireIdentity } from '../core/identity.ts'
import { newId } from '../core/new-id.ts'
import { calledWith, parseInput } from '../core/parse.ts'
import { type CallOptions, run } from '../core/run.ts'
import { list, row, text } from '../core/shape.ts'
import { avatarBucket, avatarUrl } from './schema.ts'

const maxBytes = 2 * 1024 * 1024

/** The bytes of a picture. In React Native pass an `ArrayBuffer`, because its `Blob` does not give its bytes. */
export type AvatarFile = FileBytes

/** How files of a type begin, as Latin-1 from an offset. */
const kinds: [extension: string, type: string, offset: number, magic: RegExp][] = [
  ['png', 'image/png', 0, /^\x89PNG\r\n/],
  ['jpg', 'image/jpeg', 0, /^\xff\xd8\xff/],
  ['gif', 'image/gif', 0, /^GIF8[79]a/],
  ['webp', 'image/webp', 0, /^RIFF....WEBP/s],
  ['avif', 'image/avif', 4, /^ftypavi[fs]/],
]

function refuse(operation: string, reason: string): TertuliaError {
  return new TertuliaError('invalid_input', `unable to start ${operation}; avatar: ${reason}`, {
    operation,
    field: 'avatar',
  })
}

/** The picture with the type that its first bytes tell, whatever it was called. */
async function readImage(operation: string, file: AvatarFile) {
  if (sizeOf(file) > maxBytes) throw refuse(operation, 'expected at most 2 MiB')
  const bytes = await bytesOf(file)
  if (!bytes) throw refuse(operation, 'expected an ArrayBuffer or a Blob that gives its bytes')
  const start = String.fromCharCode(...new Uint8Array(bytes.slice(0, 16)))
  const kind = kinds.find(([, , offset, magic]) => magic.test(start.slice(offset)))
  if (!kind) throw refuse(operation, 'expected a PNG, JPEG, WebP, GIF or AVIF image')
  return { bytes, extension: kind[0], type: kind[1] }
}

/** What an operation is called with that takes nothing but options, or something that is checked apart. */
export const onlyOptions = calledWith({})
const replacedFiles = row({ replaced: list(text()) })

/** Records the picture, and removes the files that it replaced. */
async function record(context: Context, operation: string, path: string | null, options?: CallOptions) {
  // The generated type does not know that an argument may be null.
  const input = { path: path as string }
  const { replaced } = await call(context, operation, options, 'set_avatar', input, replacedFiles)
  // What stays behind when this fails is among the replaced files of the next picture.
  if (replaced.length > 0) await context.supabase.storage.from(avatarBucket).remove(replaced)
}

export async function setAvatar(context: Context, file: AvatarFile, options?: CallOptions): Promise<string> {
  const operation = 'profiles.setAvatar'
  parseInput(operation, onlyOptions, [options])
  const { bytes, extension, type } = await readImage(operation, file)
  const { userId } = await requireIdentity(context, operation)
  const path = `${userId}/${newId()}.${extension}`
  await run(
    context,
    operation,
    options,
    async () => {
      const { data, error } = await context.supabase.storage
        .from(avatarBucket)
        .upload(path, bytes, { contentType: type, cacheControl: '31536000' })
      if (!error) return { data, error, status: 200 }
      const status = Number(Object(error).statusCode) || 0
      // The project's bucket may be stricter than we are.
      if (status === 413 || status === 415) throw refuse(operation, error.message)
      return { data, error: { message: error.message }, status }
    },
    () => null,
  )
  await record(context, operation, path, options)
  return avatarUrl(context, path)
}

export async function removeAvatar(context: Context, options?: CallOptions): Promise<void> {
  const operation = 'profiles.removeAvatar'
  parseInput(operation, onlyOptions, [options])
  await record(context, operation, null, options)
}
