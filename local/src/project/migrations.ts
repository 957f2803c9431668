import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { splitSqlStatements } from '@supabase/lite'
import postgres from 'postgres'
import { isStackError, stackError } from '../stack-error.ts'
import { literal, runScript } from './run-script.ts'

export interface MigrateOptions {
  /** As `postgres`, which owns what a migration makes. */
  url: string
  /** The folder that holds `supabase/`. */
  workdir: string
  log: (line: string) => void
}

interface Migration {
  file: string
  version: string
  name: string
}

/** What `supabase db push` keeps, column for column, so that the two can take turns on one database. */
const HISTORY = `
  create schema if not exists supabase_migrations;
  create table if not exists supabase_migrations.schema_migrations (version text not null primary key);
  alter table supabase_migrations.schema_migrations add column if not exists statements text[];
  alter table supabase_migrations.schema_migrations add column if not exists name text;
`

/** Applies `supabase/migrations/*.sql` that the database does not have yet, oldest first; answers how many. */
export async function applyMigrations({ url, workdir, log }: MigrateOptions): Promise<number> {
  const folder = join(workdir, 'supabase', 'migrations')
  const migrations = await listMigrations(folder)
  if (migrations.length === 0) return 0
  const sql = postgres(url, { max: 1, onnotice: () => undefined })
  try {
    await sql.unsafe(HISTORY).simple()
    const rows = await sql<{ version: string }[]>`select version from supabase_migrations.schema_migrations`
    const applied = new Set(rows.map((row) => row.version))
    const newest = [...applied].sort().at(-1) ?? ''
    const pending = migrations.filter(({ version }) => !applied.has(version))
    const late = pending.find(({ version }) => version < newest)
    if (late) {
      throw stackError(
        'migration_failed',
        `unable to apply ${late.file}; the database already has ${newest}, which is newer`,
        {
          hint: 'give it a newer time in its name, or start over with: tertulia-local reset',
        },
      )
    }
    for (const migration of pending) {
      log(`applying migration ${migration.file}`)
      await applyMigration(sql, folder, migration)
    }
    return pending.length
  } finally {
    await sql.end()
  }
}

async function listMigrations(folder: string): Promise<Migration[]> {
  const files = await readdir(folder).catch((): string[] => [])
  return files.sort().flatMap((file) => {
    const [, version, name] = /^([0-9]+)_(.*)\.sql$/.exec(file) ?? []
    return version && name !== undefined ? [{ file, version, name }] : []
  })
}

/** The file and its mark in the history go in one execution: a file without `begin` is applied as a whole or not at all. */
async function applyMigration(
  sql: postgres.Sql,
  folder: string,
  { file, version, name }: Migration,
): Promise<void> {
  const content = await readFile(join(folder, file), 'utf8')
  const statements = splitSqlStatements(content)
  const mark = `insert into supabase_migrations.schema_migrations (version, name, statements) values (
    ${literal(version)}, ${literal(name)}, array[${statements.map(literal).join(', ')}]::text[])`
  try {
    await runScript(sql, content, mark)
    // A transaction that the file left open, and settings that it left behind, end with it.
    await sql.unsafe('rollback').simple()
    await sql.unsafe('discard all').simple()
    const [kept] = await sql
      .unsafe(`select from supabase_migrations.schema_migrations where version = ${literal(version)}`)
      .simple()
    if (!kept)
      throw stackError(
        'migration_failed',
        `unable to apply ${file}; it begins a transaction that it does not commit`,
      )
  } catch (error) {
    if (isStackError(error)) throw error
    throw failure(file, content, error)
  }
}

/** One clear line with the place, also for a seed. */
export function failure(file: string, content: string, cause: unknown, hint?: string): Error {
  if (!(cause instanceof postgres.PostgresError)) return cause as Error
  const at = Number(cause.position)
  const line = at ? ` (line ${content.slice(0, at).split('\n').length})` : ''
  const detail = cause.detail ? `; ${cause.detail}` : ''
  return stackError(
    'migration_failed',
    `unable to apply ${file}${line}; ${cause.message}${detail} [${cause.code}]`,
    { hint: [cause.hint, hint].filter(Boolean).join('; ') || undefined, cause },
  )
}
