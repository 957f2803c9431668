import { refusal, type TertuliaError } from './error.ts'

/** The bytes of a file. In React Native pass an `ArrayBuffer`, because its `Blob` does not give its bytes. */
export type FileBytes = Blob | ArrayBuffer | Uint8Array

/** Makes the error for a file that an operation cannot take. */
export type RefusedFile = (reason: string) => TertuliaError

export const refusedFile =
  (operation: string, field: string): RefusedFile =>
  (reason) =>
    refusal('invalid_input', operation, `${field}: ${reason}`, { field })

/** What a file says of itself: nothing where it is no object, or where to ask it throws. */
export function readFile(file: unknown): Partial<File & ArrayBuffer> {
  try {
    const { byteLength, size, name, type, arrayBuffer } = Object(file)
    return { byteLength, size, name, type, arrayBuffer }
  } catch {
    return {}
  }
}

/** How many bytes a file has, at most so many MiB. */
export function checkedSize(file: FileBytes, mebibytes: number, refuse: RefusedFile): number {
  const { byteLength, size = byteLength || 0 } = readFile(file)
  if (size > mebibytes * 2 ** 20) throw refuse(`expected at most ${mebibytes} MiB`)
  return size
}

/** The bytes alone, or null of what does not give them, such as a file that was moved since the user chose it. */
export async function bytesOf(file: FileBytes): Promise<ArrayBuffer | Uint8Array | null> {
  const { byteLength, arrayBuffer } = readFile(file)
  if (byteLength !== undefined) return file as ArrayBuffer
  return (await arrayBuffer?.call(file as Blob).catch(() => null)) ?? null
}

/** The bytes of a file that an operation takes. */
export async function readBytes(file: FileBytes, refuse: RefusedFile): Promise<ArrayBuffer | Uint8Array> {
  const bytes = await bytesOf(file)
  if (bytes) return bytes
  throw refuse('expected an ArrayBuffer or a readable Blob')
}
