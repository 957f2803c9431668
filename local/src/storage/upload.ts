import { asCaller, type Caller } from './caller.ts'
import { type Bucket, type Call, checkKey, findBucket } from './context.ts'
import { mimeRefused, requestInvalid, tooLarge } from './failures.ts'

interface Upload {
  stream: ReadableStream<Uint8Array> | null
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

/** Keeps the bytes first, then lets the policies decide about the row; a refused one takes its bytes with it. */
export async function upload(call: Call, target: UploadTarget): Promise<{ Id: string; Key: string }> {
  const { sql, files, request, caller } = call
  const { bucketId, name, upsert, operation, signedFor } = target
  checkKey(name)
  const bucket = await findBucket(call, bucketId)
  const limit = bucket.file_size_limit ?? call.fileSizeLimit
  const { stream, mimetype, cacheControl, userMetadata } = await readUpload(request, limit)
  if (!accepts(bucket, mimetype)) throw mimeRefused(mimetype)
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
  const id = crypto.randomUUID()
  const owner = signedFor ? signedFor.owner : caller.sub
  const as: Caller = signedFor
    ? { role: 'service_role', sub: null, claims: { role: 'service_role' } }
    : caller
  try {
    const [before] = await sql<{ id: string; version: string }[]>`
      select id, version from storage.objects where bucket_id = ${bucketId} and name = ${name}`
    await asCaller(sql, as, operation, (transaction) => {
      // Only what a new version needs is asked of the policies: overwriting asks for update and select as well.
      const onConflict = upsert
        ? transaction`
          on conflict (bucket_id, name) do update set
            owner = excluded.owner, owner_id = excluded.owner_id, version = excluded.version,
            metadata = excluded.metadata, user_metadata = excluded.user_metadata, updated_at = now()`
        : transaction``
      return transaction`
        insert into storage.objects (id, bucket_id, name, owner, owner_id, version, metadata, user_metadata)
        values (${id}, ${bucketId}, ${name}, ${owner}, ${owner}, ${version}, ${sql.json(metadata)},
          ${userMetadata === null ? null : sql.json(userMetadata as never)})
        ${onConflict}`
    })
    await files.remove(before?.version)
    return { Id: before?.id ?? id, Key: `${bucketId}/${name}` }
  } catch (error) {
    await files.remove(version)
    throw error
  }
}

/** storage-js sends blobs as a form with fields before the file, everything else as it is. */
async function readUpload(request: Request, limit: number): Promise<Upload> {
  const type = request.headers.get('content-type') ?? ''
  if (!type.startsWith('multipart/form-data')) {
    return {
      stream: request.body,
      mimetype: type || 'application/octet-stream',
      cacheControl: request.headers.get('cache-control') ?? 'no-cache',
      userMetadata: parse(Buffer.from(request.headers.get('x-metadata') ?? '', 'base64').toString()),
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
    mimetype: file.type || 'application/octet-stream',
    cacheControl: typeof cacheControl === 'string' ? `max-age=${cacheControl}` : 'no-cache',
    userMetadata: parse(form.get('metadata')),
  }
}

/** The bucket's list may name whole families: `image/*`. */
function accepts({ allowed_mime_types: allowed }: Bucket, mimetype: string): boolean {
  if (!allowed || allowed.length === 0) return true
  const [type = ''] = mimetype.toLowerCase().split(';')
  return allowed.some((pattern) => {
    const [family, kind] = pattern.toLowerCase().split('/')
    return (
      pattern === '*/*' ||
      (kind === '*' ? type.startsWith(`${family}/`) : type.trim() === pattern.toLowerCase())
    )
  })
}

function parse(text: unknown): Record<string, unknown> | null {
  if (typeof text !== 'string' || text === '') return null
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    throw requestInvalid('the metadata are no JSON')
  }
}
