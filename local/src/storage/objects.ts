import type postgres from 'postgres'
import { readBody } from './body.ts'
import { asCaller } from './caller.ts'
import { type Call, checkKey, findBucket, type StoredObject } from './context.ts'
import { bucketMissing, objectMissing } from './failures.ts'
import { checkPolicies, storeRow } from './store.ts'
import { readMetadata } from './upload.ts'

/** The object if the caller may see it; everyone may when its bucket is public. */
export async function visibleObject(
  call: Call,
  bucketId: string,
  name: string,
  operation: string,
): Promise<StoredObject> {
  const { sql, caller } = call
  const bucket = await findBucket(call, bucketId)
  const select = (from: postgres.ISql) =>
    from<StoredObject[]>`select * from storage.objects where bucket_id = ${bucketId} and name = ${name}`
  const [object] = bucket.public ? await select(sql) : await asCaller(sql, caller, operation, select)
  if (!object) throw objectMissing()
  return object
}

/** Without a caller: only what is in a public bucket. */
export async function publicObject(call: Call, bucketId: string, name: string): Promise<StoredObject> {
  const bucket = await findBucket(call, bucketId)
  if (!bucket.public) throw bucketMissing()
  return await anyObject(call, bucketId, name)
}

/** Whatever policies say: for addresses that were signed when the policies allowed it. */
export async function anyObject({ sql }: Call, bucketId: string, name: string): Promise<StoredObject> {
  const [object] = await sql<StoredObject[]>`
    select * from storage.objects where bucket_id = ${bucketId} and name = ${name}`
  if (!object) throw objectMissing()
  return object
}

export function info(object: StoredObject): Response {
  const { id, name, version, bucket_id, metadata, user_metadata, created_at, updated_at } = object
  const headers = {
    etag: metadata.eTag,
    'cache-control': metadata.cacheControl,
    'last-modified': new Date(metadata.lastModified ?? updated_at).toUTCString(),
  }
  const body = {
    id,
    name,
    version,
    bucket_id,
    size: metadata.size,
    content_type: metadata.mimetype,
    cache_control: metadata.cacheControl,
    etag: metadata.eTag,
    metadata: user_metadata ?? {},
    last_modified: updated_at,
    created_at,
  }
  return Response.json(body, { headers })
}

export async function removeObjects(call: Call, bucketId: string): Promise<Response> {
  const { prefixes = [] } = await readBody<{ prefixes: (string | { name?: string; path?: string })[] }>(
    call.request,
    {
      prefixes: { kind: 'list', required: true, least: 1 },
    },
  )
  const names = prefixes.map((entry) =>
    typeof entry === 'string' ? entry : (entry.name ?? entry.path ?? ''),
  )
  return Response.json(await remove(call, bucketId, names))
}

export async function removeObject(call: Call, bucketId: string, name: string): Promise<Response> {
  if ((await remove(call, bucketId, [name])).length === 0) throw objectMissing()
  return Response.json({ message: 'Successfully deleted' })
}

async function remove(call: Call, bucketId: string, names: string[]): Promise<StoredObject[]> {
  const { sql, caller, files } = call
  await findBucket(call, bucketId)
  const gone = await asCaller(
    sql,
    caller,
    'object.delete_many',
    (transaction) => transaction<StoredObject[]>`
      delete from storage.objects where bucket_id = ${bucketId} and name = any(${names}) returning *`,
  )
  await files.remove(...gone.map(({ version }) => version))
  return gone
}

interface Destination {
  bucketId: string
  sourceKey: string
  destinationKey: string
  destinationBucket: string
}

const PLACES = {
  bucketId: { kind: 'string', required: true },
  sourceKey: { kind: 'string', required: true },
  destinationKey: { kind: 'string', required: true },
  destinationBucket: { kind: 'string' },
} as const

/** Only the row changes its name: the bytes stay where they are. */
export async function moveObject(call: Call): Promise<Response> {
  const { sql, caller, request } = call
  const {
    bucketId = '',
    sourceKey = '',
    destinationKey = '',
    destinationBucket = bucketId,
  } = await readBody<Destination>(request, PLACES)
  checkKey(destinationKey)
  const moved = await asCaller(
    sql,
    caller,
    'object.move',
    (transaction) => transaction`
      update storage.objects set bucket_id = ${destinationBucket}, name = ${destinationKey}, updated_at = now()
      where bucket_id = ${bucketId} and name = ${sourceKey}`,
  )
  if (moved.count === 0) throw objectMissing()
  return Response.json({ message: 'Successfully moved', Key: `${destinationBucket}/${destinationKey}` })
}

export async function copyObject(call: Call): Promise<Response> {
  const { caller, files, request } = call
  const body = await readBody<Destination & { copyMetadata: boolean; metadata: Record<string, unknown> }>(
    request,
    {
      ...PLACES,
      copyMetadata: { kind: 'boolean' },
      metadata: { kind: 'object' },
    },
  )
  const { bucketId = '', sourceKey = '', destinationKey = '', destinationBucket = bucketId } = body
  checkKey(destinationKey)
  const source = await visibleObject(call, bucketId, sourceKey, 'object.copy')
  const copiesMetadata = body.copyMetadata !== false
  // What the request does not name stays as it is.
  const metadata = copiesMetadata ? source.metadata : { ...source.metadata, ...namedMetadata(body.metadata) }
  const given = request.headers.get('x-metadata')
  const userMetadata = copiesMetadata ? source.user_metadata : given === null ? null : readMetadata(given)
  const object = {
    bucketId: destinationBucket,
    name: destinationKey,
    owner: caller.sub,
    metadata,
    userMetadata,
  }
  await checkPolicies(call, caller, 'object.copy', object, request.headers.get('x-upsert') === 'true')
  const version = await files.copy(source.version)
  try {
    const copied = { ...metadata, lastModified: new Date().toISOString() }
    const row = await storeRow(call, { ...object, metadata: copied }, version)
    return Response.json({ Id: row.id, Key: `${destinationBucket}/${destinationKey}`, ...row })
  } catch (error) {
    await files.remove(version)
    throw error
  }
}

/** Of a copy's own metadata only these two are taken. */
function namedMetadata(metadata: Record<string, unknown> = {}): Record<string, unknown> {
  const { cacheControl, mimetype } = metadata
  return { ...(cacheControl !== undefined && { cacheControl }), ...(mimetype !== undefined && { mimetype }) }
}
