import { call, nothing, type Operation, operation } from '../../core/call.ts'
import type { Context } from '../../core/context.ts'
import { type FileBytes, readBytes, refusedFile } from '../../core/file-bytes.ts'
import { requireIdentity } from '../../core/identity.ts'
import { newId } from '../../core/new-id.ts'
import { calledWith, id, parseInput, timestamp } from '../../core/parse.ts'
import type { CallOptions } from '../../core/run.ts'
import {
  anything,
  integer,
  list,
  nullable,
  object,
  optional,
  type Reader,
  row,
  text,
  toColumns,
} from '../../core/shape.ts'
import { askStorage } from '../../core/storage-call.ts'

const bucket = 'tertulia-portfolio'

/** A work that a profile shows. */
export interface PortfolioItem {
  id: string
  /** The place in the portfolio, from 0. The user chooses the order. */
  position: number
  title: string
  /** The work's page, or null where it is a file. */
  url: string | null
  /** Public URL of the file, or null where the work is a link. */
  fileUrl: string | null
  createdAt: Date
}

/** A new item, or changes of one. */
export interface PortfolioItemChanges {
  /** The item to change; a UUID of your own makes adding safe to retry. Without an id a new item is added. */
  id?: string | undefined
  /** 1 to 120 characters on one line. A new item needs it. */
  title?: string | undefined
  /** http or https, at most 2,000 characters. It replaces a file. A new item needs this or `file`. */
  url?: string | undefined
  /**
   * At most 50 MiB: PNG, JPEG, WebP, GIF or AVIF, MP4, WebM or MOV, MP3, OGG, WAV or M4A, or PDF. It replaces a link. In React Native pass
   * an `ArrayBuffer` and `type`.
   */
  file?: FileBytes | undefined
  /** The file's MIME type; by default the type of a `Blob`. */
  type?: string | undefined
  /** Where to put the item, from 0. By default a new item comes last and another one stays. */
  position?: number | undefined
}

/** Endings of files by their type. */
const endings: Record<string, string> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/webp': 'webp',
  'image/gif': 'gif',
  'image/avif': 'avif',
  'video/mp4': 'mp4',
  'video/webm': 'webm',
  'video/quicktime': 'mov',
  'audio/mpeg': 'mp3',
  'audio/ogg': 'ogg',
  'audio/wav': 'wav',
  'audio/mp4': 'm4a',
  'application/pdf': 'pdf',
}

const fileUrl: Reader<string> = (value, path, context) =>
  (context as Context).supabase.storage.from(bucket).getPublicUrl(text()(value, path)).data.publicUrl

const fields = {
  id,
  position: integer(),
  title: text(),
  url: nullable(text()),
  fileUrl: nullable(fileUrl),
  createdAt: timestamp,
}
const columns = { fileUrl: 'file_path' }
const portfolioItem: Reader<PortfolioItem> = row(fields, columns)
const savedItem = row({ ...fields, replaced: nullable(text()) }, columns)

const input = calledWith({
  item: object({
    id: optional(id),
    title: optional(text()),
    url: optional(text()),
    file: optional(anything),
    type: optional(text()),
    position: optional(integer(0, 999_999)),
  }),
})

/** Uploads a file and answers its path. A file that gets no item is removed by upkeep after a day. */
async function upload(
  context: Context,
  operation: string,
  given: { file?: unknown; type?: string | undefined },
  options?: CallOptions,
) {
  const file = given.file as FileBytes
  const refuse = refusedFile(operation, 'file')
  const type = (given.type ?? Object(file).type ?? '').replace(/;.*/s, '').trim().toLowerCase()
  const ending = endings[type]
  if (!ending) throw refuse('expected an image, a video, a sound or a PDF, by its type')
  const size = Object(file).byteLength ?? Object(file).size
  if (size > 50 * 2 ** 20) throw refuse('expected at most 50 MiB')
  const { userId } = await requireIdentity(context, operation)
  const path = `${userId}/${newId()}.${ending}`
  await askStorage(
    context,
    operation,
    // A second for each 32 KiB.
    { ...options, timeoutMs: context.timeoutMs + size / 32 },
    async () => {
      const bytes = await readBytes(file, refuse)
      const request = { contentType: type, cacheControl: '31536000' }
      return context.supabase.storage.from(bucket).upload(path, bytes, request)
    },
    (status, message) => {
      if (status === 413 || status === 415) return refuse(message)
      return (
        status === 403 &&
        message.includes('row-level') &&
        refuse('you have too many files; remove items first')
      )
    },
    nothing,
  )
  return path
}

/** Removes the files that no item shows. If this fails, upkeep removes them later. */
const removeFile = async (context: Context, path: string | null) => {
  if (path) await context.supabase.storage.from(bucket).remove([path])
}

export async function savePortfolioItem(
  context: Context,
  changes: PortfolioItemChanges,
  options?: CallOptions,
): Promise<PortfolioItem> {
  const operation = 'people.savePortfolioItem'
  const { id: itemId = newId(), file, type, ...item } = parseInput(operation, input, [changes, options]).item
  const filePath = file === undefined ? undefined : await upload(context, operation, { file, type }, options)
  const given = { itemId, item: toColumns({ ...item, filePath }) }
  const { replaced, ...saved } = await call(
    context,
    operation,
    options,
    'save_portfolio_item',
    given,
    savedItem,
  ).catch(async (error) => {
    // A refused item shows nothing; after a lost answer it may show the file.
    if (filePath && error.code === 'invalid_input') await removeFile(context, filePath)
    throw error
  })
  await removeFile(context, replaced)
  return saved
}

export async function removePortfolioItem(
  context: Context,
  itemId: string,
  options?: CallOptions,
): Promise<void> {
  const operation = 'people.removePortfolioItem'
  const given = { itemId: parseInput(operation, calledWith({ itemId: id }), [itemId, options]).itemId }
  const reader = nullable(text())
  await removeFile(context, await call(context, operation, options, 'remove_portfolio_item', given, reader))
}

export const listPortfolio: Operation<[userId?: string], PortfolioItem[]> = operation(
  'people.listPortfolio',
  'list_portfolio',
  { userId: optional(id) },
  list(portfolioItem),
)
