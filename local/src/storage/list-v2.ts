import { readBody } from './body.ts'
import { asCaller } from './caller.ts'
import { type Call, findBucket, type StoredObject } from './context.ts'
import { bodyInvalid, requestInvalid } from './failures.ts'

interface ListBody {
  prefix: string
  limit: number
  cursor: string
  with_delimiter: boolean
  sortBy: { column?: string; order?: string }
}

interface Entry
  extends Pick<StoredObject, 'name' | 'metadata' | 'updated_at' | 'created_at' | 'last_accessed_at'> {
  id: string | null
  key: string
}

const SORTABLE = ['name', 'updated_at', 'created_at']

/** Every object under the prefix, or one level of it, in pages; a folder ends with a slash. */
export async function listObjectsV2(call: Call, bucketId: string): Promise<Response> {
  const body = await readBody<ListBody>(call.request, {
    prefix: { kind: 'string' },
    limit: { kind: 'integer', least: 1 },
    cursor: { kind: 'string' },
    with_delimiter: { kind: 'boolean' },
    sortBy: { kind: 'object' },
  })
  const { prefix = '', with_delimiter: isLevel = false, sortBy = {} } = body
  const { column = 'name', order = 'asc' } = sortBy
  if (!SORTABLE.includes(column))
    throw bodyInvalid('body/sortBy/column must be equal to one of the allowed values')
  await findBucket(call, bucketId)
  const limit = Math.min(body.limit ?? 1000, 1000)
  const offset = body.cursor === undefined ? 0 : offsetOf(body.cursor)
  const rows = await asCaller(call.sql, call.caller, 'object.list_v2', (sql) => {
    const direction = order === 'desc' ? sql`desc` : sql`asc`
    const rest = sql`substr(name, ${prefix.length + 1})`
    const level = isLevel ? sql`${rest} like '%/%'` : sql`false`
    return sql<Entry[]>`
      with entries as (
        select id, name, name as key, metadata, updated_at, created_at, last_accessed_at from storage.objects
        where bucket_id = ${bucketId} and starts_with(name, ${prefix}) and not (${level})
        union all
        select null, folder, rtrim(folder, '/'), null, null, null, null from (
          select distinct ${prefix} || split_part(${rest}, '/', 1) || '/' as folder from storage.objects
          where bucket_id = ${bucketId} and starts_with(name, ${prefix}) and ${level}
        ) as folders
      )
      select * from entries
      order by ${column === 'name' ? sql`name collate "C"` : sql(column)} ${direction}, name collate "C" ${direction}
      limit ${limit + 1} offset ${offset}`
  })
  const page = rows.slice(0, limit)
  const hasNext = rows.length > limit
  const folders = page.filter(({ id }) => id === null).map(({ name, key }) => ({ name, key }))
  const objects = page.filter(({ id }) => id !== null)
  const next = hasNext ? { nextCursor: cursorOf(offset + limit), nextCursorKey: page.at(-1)?.name } : {}
  return Response.json({ hasNext, folders, objects, ...next })
}

const cursorOf = (offset: number) => Buffer.from(JSON.stringify({ offset })).toString('base64url')

function offsetOf(cursor: string): number {
  try {
    const { offset } = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as { offset?: unknown }
    if (typeof offset === 'number' && Number.isSafeInteger(offset) && offset >= 0) return offset
  } catch {
    // Not one of ours: refused below.
  }
  throw requestInvalid('Invalid continuation token')
}
