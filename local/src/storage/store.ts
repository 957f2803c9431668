import { asCaller, type Caller } from './caller.ts'
import type { Call } from './context.ts'

/** The row of an object that is about to be stored. */
export interface NewObject {
  bucketId: string
  name: string
  owner: string | null
  metadata: Record<string, unknown>
  userMetadata: Record<string, unknown> | null
}

const ALLOWED = new Error('the policies allow it')

/** Asks the policies with the row as the caller would write it, and takes it back. */
export async function checkPolicies(
  { sql }: Call,
  caller: Caller,
  operation: string,
  object: NewObject,
  upsert: boolean,
): Promise<void> {
  await asCaller(sql, caller, operation, async (transaction) => {
    // Overwriting asks for update and select as well.
    await transaction`
      insert into storage.objects (bucket_id, name, owner, owner_id, version, metadata, user_metadata)
      values (${object.bucketId}, ${object.name}, ${uuidOf(object.owner)}, ${object.owner}, '1',
        ${sql.json(object.metadata as never)}, ${object.userMetadata === null ? null : sql.json(object.userMetadata as never)})
      ${
        upsert
          ? transaction`
            on conflict (bucket_id, name) do update set
              owner = excluded.owner, owner_id = excluded.owner_id, version = excluded.version,
              metadata = excluded.metadata, user_metadata = excluded.user_metadata`
          : transaction``
      }`
    throw ALLOWED
  }).catch((error) => {
    if (error !== ALLOWED) throw error
  })
}

/** Writes the row whose bytes are stored, as the owner of the table: whoever comes last wins. */
export async function storeRow(
  { sql, files }: Call,
  object: NewObject,
  version: string,
): Promise<{ id: string }> {
  const { bucketId, name, owner, metadata, userMetadata } = object
  const [before, row] = await sql.begin(async (transaction) => {
    await transaction`select pg_advisory_xact_lock(hashtext(${`${bucketId}/${name}`}))`
    const [found] = await transaction<{ version: string }[]>`
      select version from storage.objects where bucket_id = ${bucketId} and name = ${name} for update`
    const [written] = await transaction<{ id: string }[]>`
      insert into storage.objects (bucket_id, name, owner, owner_id, version, metadata, user_metadata)
      values (${bucketId}, ${name}, ${uuidOf(owner)}, ${owner}, ${version}, ${sql.json(metadata as never)},
        ${userMetadata === null ? null : sql.json(userMetadata as never)})
      on conflict (bucket_id, name) do update set
        owner = excluded.owner, owner_id = excluded.owner_id, version = excluded.version,
        metadata = excluded.metadata, user_metadata = excluded.user_metadata, updated_at = now()
      returning id, name, bucket_id, owner, owner_id, version, metadata, user_metadata, created_at, updated_at,
        last_accessed_at`
    return [found, written] as const
  })
  await files.remove(before?.version)
  if (!row) throw new Error('PostgreSQL wrote no row')
  return row
}

/** `owner` is a UUID, `owner_id` whatever the token calls its bearer. */
function uuidOf(owner: string | null): string | null {
  return owner !== null && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(owner) ? owner : null
}
