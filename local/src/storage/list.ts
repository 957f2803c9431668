import { readBody } from './body.ts'
import { asCaller } from './caller.ts'
import { type Call, findBucket } from './context.ts'
import { bodyInvalid } from './failures.ts'

interface ListBody {
  prefix?: string
  limit?: number
  offset?: number
  search?: string
  sortBy?: { column?: string; order?: string }
}

const SORTABLE = ['name', 'updated_at', 'created_at', 'last_accessed_at']

/** One level below the prefix: a folder is a name without an id. */
export async function listObjects(call: Call, bucketId: string): Promise<Response> {
  const { sql, caller, request } = call
  const body = await readBody<ListBody>(request, {
    prefix: { kind: 'string', required: true },
    limit: { kind: 'integer', least: 1 },
    offset: { kind: 'integer', least: 0 },
    search: { kind: 'string' },
    sortBy: { kind: 'object' },
  })
  const { prefix = '', limit = 100, offset = 0, search = '', sortBy = {} } = body
  if (sortBy.column !== undefined && !SORTABLE.includes(sortBy.column))
    throw bodyInvalid('body/sortBy/column must be equal to one of the allowed values')
  await findBucket(call, bucketId)
  const folder = prefix.replace(/^\/+|\/+$/g, '')
  const below = folder ? `${folder}/` : ''
  const rows = await asCaller(
    sql,
    caller,
    'object.list',
    (transaction) => transaction`
      select * from storage.search(
        ${below}, ${bucketId}, ${limit}, ${below.split('/').length}, ${offset}, ${search},
        ${sortBy.column ?? 'name'}, ${sortBy.order ?? 'asc'}
      )`,
  )
  return Response.json(rows)
}
