import type postgres from 'postgres'
import type { Keys } from '../keys.ts'
import type { Caller } from './caller.ts'
import { bucketMissing, keyInvalid } from './failures.ts'
import type { Files } from './files.ts'

export interface StorageContext {
  /** As the owner of the tables, whom no policy binds. */
  sql: postgres.Sql
  files: Files
  keys: Keys
  /** Bytes, for buckets without a limit of their own. */
  fileSizeLimit: number
}

export interface Call extends StorageContext {
  request: Request
  url: URL
  caller: Caller
}

export interface Bucket {
  id: string
  public: boolean
  file_size_limit: number | null
  allowed_mime_types: string[] | null
}

export interface StoredObject {
  id: string
  name: string
  bucket_id: string
  owner_id: string | null
  version: string
  metadata: { size: number; mimetype: string; cacheControl: string; eTag: string; lastModified: string }
  user_metadata: Record<string, unknown> | null
  created_at: Date
  updated_at: Date
  last_accessed_at: Date
}

/** A bucket's limits bind also those who may not see the bucket. */
export async function findBucket({ sql }: StorageContext, id: string): Promise<Bucket> {
  const [bucket] = await sql<Bucket[]>`
    select id, public, file_size_limit::float8 as file_size_limit, allowed_mime_types from storage.buckets where id = ${id}`
  if (!bucket) throw bucketMissing()
  return bucket
}

export function checkKey(key: string): string {
  if (key.length === 0 || key.length > 1024 || !/^[\w/!.*'() &$@=;:+,?-]+$/.test(key)) throw keyInvalid(key)
  return key
}

export async function bodyOf<Body>(request: Request): Promise<Body> {
  return (await request.json().catch(() => ({}))) as Body
}
