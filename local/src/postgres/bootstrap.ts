import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { getAuthSchemaSql, getStorageSchemaSql } from '@supabase/lite'
import postgres from 'postgres'
import { realtimeSchema } from '../realtime/schema.ts'
import { authSql } from './auth-sql.ts'
import { rolesSql } from './roles-sql.ts'
import { storageSql } from './storage-sql.ts'

/** Brings roles and system schemas to this version, in one transaction; does nothing when they are already there. */
export async function bootstrap(adminUrl: string, dataDir: string): Promise<void> {
  const steps = [rolesSql, getAuthSchemaSql(), authSql, getStorageSchemaSql(), storageSql, realtimeSchema]
  const script = `begin;\n${steps.join('\n')}\ncommit;`
  const version = createHash('sha256').update(script).digest('hex')
  const marker = join(dataDir, 'tertulia-local.bootstrap')
  if ((await readFile(marker, 'utf8').catch(() => '')) === version) return
  const sql = postgres(adminUrl, { max: 1, onnotice: () => undefined })
  try {
    await sql.unsafe(script).simple()
  } finally {
    await sql.end()
  }
  await writeFile(marker, version)
}
