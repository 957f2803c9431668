/** The bytes of a file. In React Native pass an `ArrayBuffer`, because its `Blob` does not give its bytes. */
export type FileBytes = Blob | ArrayBuffer | Uint8Array

/** How many bytes a file has. */
export const sizeOf = (file: FileBytes): number => Object(file).byteLength ?? Object(file).size

/** The bytes alone, or null of what does not give them. */
export async function bytesOf(file: FileBytes): Promise<ArrayBuffer | Uint8Array | null> {
  const { byteLength, arrayBuffer } = Object(file)
  if (byteLength !== undefined) return file as ArrayBuffer
  return (await arrayBuffer?.call(file)) ?? null
}
