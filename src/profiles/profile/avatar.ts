import { avatarUrl } from '../../core/avatar.ts'
import { call } from '../../core/call.ts'
import type { Context } from '../../core/context.ts'
import { type FileBytes, refusedFile } from '../../core/file-bytes.ts'
import { requireIdentity } from '../../core/identity.ts'
import { calledWith, parseInput } from '../../core/parse.ts'
import { removePictures, uploadPicture } from '../../core/picture.ts'
import type { CallOptions } from '../../core/run.ts'
import { list, row, text } from '../../core/shape.ts'

/** The bytes of a picture. In React Native pass an `ArrayBuffer`, because its `Blob` does not give its bytes. */
export type AvatarFile = FileBytes

/** What an operation is called with that takes nothing but options, or something that is checked apart. */
export const onlyOptions = calledWith({})
const replacedFiles = row({ replaced: list(text()) })

/** Records the picture, and removes the files that it replaced. */
async function record(context: Context, operation: string, path: string | null, options?: CallOptions) {
  // The generated type does not know that an argument may be null.
  const input = { path: path as string }
  const { replaced } = await call(context, operation, options, 'set_avatar', input, replacedFiles)
  await removePictures(context, operation, replaced, options)
}

export async function setAvatar(context: Context, file: AvatarFile, options?: CallOptions): Promise<string> {
  const operation = 'profiles.setAvatar'
  parseInput(operation, onlyOptions, [options])
  const folder = async () => (await requireIdentity(context, operation)).userId
  const path = await uploadPicture(
    context,
    operation,
    folder,
    file,
    refusedFile(operation, 'avatar'),
    options,
  )
  await record(context, operation, path, options)
  return avatarUrl(context, path)
}

export async function removeAvatar(context: Context, options?: CallOptions): Promise<void> {
  const operation = 'profiles.removeAvatar'
  parseInput(operation, onlyOptions, [options])
  await record(context, operation, null, options)
}
