import type { Caller } from './caller.ts'
import { type Bucket, type Call, checkKey, findBucket } from './context.ts'
import { mimeRefused, requestInvalid, tooLarge } from './failures.ts'
import { checkPolicies, storeRow } from './store.ts'

interface Upload {
  stream: ReadableStream<Uint8Array> | null
  /** Bytes that the sender announces. */
  length: number | undefined
  mimetype: string
  cacheControl: string
  userMetadata: Record<string, unknown> | null
}

export interface UploadTarget {
  bucketId: string
  name: string
  upsert: boolean
  operation: string
  /** A signed address was checked when it was made: the policies are not asked again. */
  signedFor?: { owner: string | null }
}

/**
 * As the platform: the policies first, asked with a row that is taken back and knows type and length alone; then the
 * bytes; then the row, written by the owner of the table.
 */
export async function upload(call: Call, target: UploadTarget): Promise<{ Id: string; Key: string }> {
  const { files, request, caller } = call
  const { bucketId, name, upsert, operation, signedFor } = target
  checkKey(name)
  const bucket = await findBucket(call, bucketId)
  const limit = bucket.file_size_limit ?? call.fileSizeLimit
  const { stream, length, mimetype, cacheControl, userMetadata } = await readUpload(request, limit)
  if (!accepts(bucket, mimetype)) throw mimeRefused(mimetype)
  const owner = signedFor ? signedFor.owner : caller.sub
  const about = { bucketId, name, owner, userMetadata }
  // A signed address was checked when it was made; it may be that somebody stored the object since.
  const as = signedFor ? SERVICE : caller
  await checkPolicies(
    call,
    as,
    operation,
    { ...about, metadata: { mimetype, contentLength: length } },
    upsert,
  )
  const { version, size, eTag } = await files.write(stream, limit)
  const metadata = {
    eTag,
    size,
    mimetype,
    cacheControl,
    lastModified: new Date().toISOString(),
    contentLength: size,
    httpStatusCode: 200,
  }
  try {
    const { id } = await storeRow(call, { ...about, metadata }, version)
    return { Id: id, Key: `${bucketId}/${name}` }
  } catch (error) {
    await files.remove(version)
    throw error
  }
}

const SERVICE: Caller = { role: 'service_role', sub: null, claims: { role: 'service_role' } }

/** storage-js sends blobs as a form with fields before the file, everything else as it is. */
async function readUpload(request: Request, limit: number): Promise<Upload> {
  const type = request.headers.get('content-type') ?? ''
  if (!type.startsWith('multipart/form-data')) {
    return {
      stream: request.body,
      length: Number(request.headers.get('content-length')) || undefined,
      mimetype: type || 'application/octet-stream',
      cacheControl: request.headers.get('cache-control') ?? 'no-cache',
      userMetadata: readMetadata(request.headers.get('x-metadata') ?? ''),
    }
  }
  // A form is read into memory: turn a hopeless one away before. Its boundaries and fields are small.
  if (Number(request.headers.get('content-length') ?? 0) > limit + 1024 * 1024) throw tooLarge()
  const form = await request.formData().catch(() => {
    throw requestInvalid('the form could not be read')
  })
  const file = [...form.values()].find((value) => value instanceof File)
  if (!file) throw requestInvalid('the form holds no file')
  const cacheControl = form.get('cacheControl')
  return {
    stream: file.stream(),
    length: file.size,
    mimetype: file.type || 'application/octet-stream',
    cacheControl: typeof cacheControl === 'string' ? `max-age=${cacheControl}` : 'no-cache',
    userMetadata: parse(form.get('metadata')),
  }
}

/** The bucket's list may name whole families, `image/*`; what follows the type counts as well. */
function accepts({ allowed_mime_types: allowed }: Bucket, mimetype: string): boolean {
  if (!allowed || allowed.length === 0) return true
  const [type, kind] = mimetype.split('/')
  if (kind === undefined) return false
  return allowed.some((pattern) => {
    const [allowedType, allowedKind] = pattern.split('/')
    return allowedType === type && (allowedKind === '*' || allowedKind === kind)
  })
}

/** `x-metadata`: JSON, in base64. */
export function readMetadata(header: string): Record<string, unknown> | null {
  return parse(Buffer.from(header, 'base64').toString())
}

function parse(text: unknown): Record<string, unknown> | null {
  if (typeof text !== 'string' || text === '') return null
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    throw requestInvalid('the metadata are no JSON')
  }
}
