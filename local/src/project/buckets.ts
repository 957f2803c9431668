import postgres from 'postgres'
import type { BucketConfig } from './config.ts'

/** Makes the buckets of `config.toml`, or gives them its settings again, as the Supabase CLI does at every start. */
export async function applyBuckets(url: string, buckets: BucketConfig[]): Promise<void> {
  if (buckets.length === 0) return
  const sql = postgres(url, { max: 1, onnotice: () => undefined })
  try {
    for (const { id, public: isPublic, fileSizeLimit, allowedMimeTypes } of buckets) {
      await sql`
        insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
        values (${id}, ${id}, ${isPublic}, ${fileSizeLimit}, ${allowedMimeTypes})
        on conflict (id) do update set public = excluded.public, file_size_limit = excluded.file_size_limit,
          allowed_mime_types = excluded.allowed_mime_types`
    }
  } finally {
    await sql.end()
  }
}
