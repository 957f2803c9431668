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

/** One level below the prefix, folders first: a folder is a name without an id. */
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
  const column = sortBy.column ?? 'name'
  const rows = await asCaller(sql, caller, 'object.list', (transaction) => {
    const direction = sortBy.order === 'desc' ? transaction`desc` : transaction`asc`
    return transaction`
      with entries as (
        select substr(name, ${below.length + 1}) as rest, id, updated_at, created_at, last_accessed_at, metadata
        from storage.objects
        where bucket_id = ${bucketId} and starts_with(name, ${below}) and length(name) > ${below.length}
      ), level as (
        select split_part(rest, '/', 1) as name, null::uuid as id, null::timestamptz as updated_at,
          null::timestamptz as created_at, null::timestamptz as last_accessed_at, null::jsonb as metadata
        from entries where rest like '%/%' group by 1
        union all
        select rest, id, updated_at, created_at, last_accessed_at, metadata from entries where rest not like '%/%'
      )
      select * from level
      where starts_with(lower(name), ${search.toLowerCase()})
      order by id is not null, ${transaction(column)} ${direction}, name
      limit ${limit} offset ${offset}`
  })
  return Response.json(rows)
}
