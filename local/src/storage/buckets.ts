import { bytes } from '../project/config.ts'
import { asCaller } from './caller.ts'
import { bodyOf, type Call, findBucket } from './context.ts'
import {
  accessDenied,
  bucketMissing,
  bucketNotEmpty,
  keyInvalid,
  mimeRefused,
  requestInvalid,
} from './failures.ts'

interface BucketBody {
  id?: string
  name?: string
  public?: boolean
  /** Bytes, or as '50MB'. */
  file_size_limit?: number | string | null
  allowed_mime_types?: string[] | null
}

const COLUMNS = [
  'id',
  'name',
  'owner',
  'public',
  'file_size_limit',
  'allowed_mime_types',
  'created_at',
  'updated_at',
] as const

export async function listBuckets({ sql, caller, url }: Call): Promise<Response> {
  const query = url.searchParams
  const column = COLUMNS.find((name) => name === query.get('sortColumn')) ?? 'name'
  const rows = await asCaller(sql, caller, 'bucket.list', (transaction) => {
    const direction = query.get('sortOrder') === 'desc' ? transaction`desc` : transaction`asc`
    return transaction`
      select ${transaction(COLUMNS)} from storage.buckets
      where position(lower(${query.get('search') ?? ''}) in lower(name)) > 0
      order by ${transaction(column)} ${direction}
      limit ${Number(query.get('limit') ?? 1000)} offset ${Number(query.get('offset') ?? 0)}`
  })
  return Response.json(rows.map((row) => ({ ...present(row), type: 'STANDARD' })))
}

export async function getBucket({ sql, caller }: Call, id: string): Promise<Response> {
  const [row] = await asCaller(
    sql,
    caller,
    'bucket.get',
    (transaction) => transaction`select ${transaction(COLUMNS)} from storage.buckets where id = ${id}`,
  )
  if (!row) throw bucketMissing()
  return Response.json(present(row))
}

export async function createBucket({ sql, caller, request }: Call): Promise<Response> {
  const body = await bodyOf<BucketBody>(request)
  const id = body.id ?? body.name
  if (!id) throw requestInvalid('a bucket needs a name')
  if (!/^[\w!.*'() &$@=;:+,?-]{1,100}$/.test(id)) throw keyInvalid(id)
  checkTypes(body.allowed_mime_types)
  await asCaller(
    sql,
    caller,
    'bucket.create',
    (transaction) => transaction`
      insert into storage.buckets (id, name, owner, owner_id, public, file_size_limit, allowed_mime_types)
      values (${id}, ${body.name ?? id}, ${caller.sub}, ${caller.sub}, ${body.public ?? false},
        ${limitOf(body.file_size_limit) ?? null}, ${body.allowed_mime_types ?? null})`,
  )
  return Response.json({ name: id })
}

export async function updateBucket({ sql, caller, request }: Call, id: string): Promise<Response> {
  const body = await bodyOf<BucketBody>(request)
  checkTypes(body.allowed_mime_types)
  const changed = await asCaller(
    sql,
    caller,
    'bucket.update',
    (transaction) => transaction`
      update storage.buckets set
        public = coalesce(${body.public ?? null}, public),
        file_size_limit = case when ${body.file_size_limit === undefined} then file_size_limit else ${limitOf(body.file_size_limit) ?? null} end,
        allowed_mime_types = case when ${body.allowed_mime_types === undefined} then allowed_mime_types else ${body.allowed_mime_types ?? null} end,
        updated_at = now()
      where id = ${id}`,
  )
  if (changed.count === 0) throw bucketMissing()
  return Response.json({ message: 'Successfully updated' })
}

export async function deleteBucket(call: Call, id: string): Promise<Response> {
  const { sql, caller } = call
  await findBucket(call, id)
  const [object] = await sql`select from storage.objects where bucket_id = ${id} limit 1`
  if (object) throw bucketNotEmpty()
  const gone = await asCaller(
    sql,
    caller,
    'bucket.delete',
    (transaction) => transaction`delete from storage.buckets where id = ${id}`,
  )
  if (gone.count === 0) throw bucketMissing()
  return Response.json({ message: 'Successfully deleted' })
}

/** The service role's alone: policies on the objects are not asked. */
export async function emptyBucket(call: Call, id: string): Promise<Response> {
  const { sql, caller, files } = call
  if (caller.role !== 'service_role') throw accessDenied('Access denied: Invalid role', 403)
  await findBucket(call, id)
  const gone = await asCaller(
    sql,
    caller,
    'bucket.empty',
    (transaction) => transaction<{ version: string }[]>`
      delete from storage.objects where bucket_id = ${id} returning version`,
  )
  await files.remove(...gone.map(({ version }) => version))
  return Response.json({ message: 'Empty bucket has been queued. Completion may take up to an hour.' })
}

/** Types as the platform takes them for a bucket: `image/png`, `image/*`. */
function checkTypes(types: string[] | null | undefined): void {
  const wrong = types?.find((type) => !/^([\w.+-]+)\/([\w.+-]+)(;\s*charset=[\w-]+)?$|\*$/.test(type))
  if (wrong !== undefined) throw mimeRefused(wrong)
}

function present(row: Record<string, unknown>) {
  const limit = row.file_size_limit
  return {
    ...row,
    owner: row.owner ?? '',
    file_size_limit: limit === null ? null : Number(limit),
  }
}

function limitOf(limit: number | string | null | undefined): number | null | undefined {
  return typeof limit === 'string' ? bytes(limit) : limit
}
