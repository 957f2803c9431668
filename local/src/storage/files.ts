import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { copyFile, mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { tooLarge } from './failures.ts'

/** The bytes of the objects, one file a version: what an object is called is the database's affair alone. */
export interface Files {
  /** Answers the version under which it is kept. */
  write(
    body: ReadableStream<Uint8Array> | null,
    limit: number,
  ): Promise<{ version: string; size: number; eTag: string }>
  read(version: string, range?: { start: number; end: number }): ReadableStream<Uint8Array>
  /** The first bytes, enough to tell what kind of picture it is. */
  head(version: string): Promise<Buffer>
  copy(version: string): Promise<string>
  remove(...versions: (string | null | undefined)[]): Promise<void>
}

export async function openFiles(folder: string): Promise<Files> {
  await mkdir(folder, { recursive: true })
  const path = (version: string) => join(folder, version)
  const remove: Files['remove'] = async (...versions) => {
    for (const version of versions) if (version) await rm(path(version), { force: true })
  }
  return {
    write: async (body, limit) => {
      const version = randomUUID()
      const hash = createHash('md5')
      let size = 0
      const file = await open(path(version), 'wx')
      try {
        for await (const chunk of body ?? []) {
          size += chunk.byteLength
          if (size > limit) throw tooLarge()
          hash.update(chunk)
          await file.write(chunk)
        }
      } catch (error) {
        await remove(version)
        throw error
      } finally {
        await file.close()
      }
      return { version, size, eTag: `"${hash.digest('hex')}"` }
    },
    read: (version, range) =>
      Readable.toWeb(createReadStream(path(version), range)) as ReadableStream<Uint8Array>,
    head: async (version) => {
      const file = await open(path(version))
      try {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(16), 0, 16, 0)
        return buffer.subarray(0, bytesRead)
      } finally {
        await file.close()
      }
    },
    copy: async (version) => {
      const copy = randomUUID()
      await copyFile(path(version), path(copy))
      return copy
    },
    remove,
  }
}
