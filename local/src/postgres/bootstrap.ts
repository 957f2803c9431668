import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { getAuthSchemaSql, getStorageSchemaSql } from '@supabase/lite'
import postgres from 'postgres'
import { realtimeSchema } from '../realtime/schema.ts'
import { authSql } from './auth-sql.ts'
import { defaultPrivileges } from './default-privileges.ts'
import { rolesSql } from './roles-sql.ts'
import { storageSql } from './storage-sql.ts'

/**
 * Brings roles and system schemas to this version, in one transaction. Does nothing when they are already there.
 * `exposeNewTables` counts only for a new database: later the default privileges belong to the project's migrations.
 */
export async function bootstrap(adminUrl: string, dataDir: string, exposeNewTables = true): Promise<void> {
  const steps = [rolesSql, getAuthSchemaSql(), authSql, getStorageSchemaSql(), storageSql, realtimeSchema]
  const version = createHash('sha256').update(steps.join('\n')).digest('hex')
  const marker = join(dataDir, 'tertulia-local.bootstrap')
  const applied = await readFile(marker, 'utf8').catch(() => '')
  if (applied === version) return
  if (applied === '') steps.push(defaultPrivileges(exposeNewTables))
  const script = `begin;\n${steps.join('\n')}\ncommit;`
  const sql = postgres(adminUrl, { max: 1, onnotice: () => undefined })
  try {
    await sql.unsafe(script).simple()
  } finally {
    await sql.end()
  }
  await writeFile(marker, version)
}
