import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import postgres from 'postgres'
import { failure, type MigrateOptions } from './migrations.ts'
import { runScript } from './run-script.ts'

const HISTORY = `
  create schema if not exists supabase_migrations;
  create table if not exists supabase_migrations.seed_files (path text not null primary key, hash text not null);
`

const AGAIN =
  'mend the file and start again; if it committed a part of itself, start over with: tertulia-local reset'

/** Runs the seed files that this database has not seen; a changed one waits for a reset, as with the Supabase CLI. */
export async function applySeed({ url, workdir, log }: MigrateOptions, patterns: string[]): Promise<number> {
  const files = (
    await Promise.all(patterns.map((pattern) => expand(join(workdir, 'supabase'), pattern)))
  ).flat()
  if (files.length === 0) return 0
  const sql = postgres(url, { max: 1, onnotice: () => undefined })
  let count = 0
  try {
    await sql.unsafe(HISTORY).simple()
    for (const file of files) {
      const content = await readFile(file, 'utf8')
      const path = relative(workdir, file).replaceAll('\\', '/')
      const hash = createHash('sha256').update(content).digest('hex')
      const [known] = await sql`select hash from supabase_migrations.seed_files where path = ${path}`
      if (known && known.hash !== hash) log(`${path} has changed; tertulia-local reset applies it`)
      if (known) continue
      log(`seeding from ${path}`)
      const mark = `insert into supabase_migrations.seed_files (path, hash) values ('${path.replaceAll("'", "''")}', '${hash}')`
      try {
        await runScript(sql, content, mark)
        await sql.unsafe('discard all').simple()
      } catch (error) {
        throw failure(path, content, error, AGAIN)
      }
      count += 1
    }
    return count
  } finally {
    await sql.end()
  }
}

/** Paths are relative to `supabase/`; the last part may hold stars. */
async function expand(folder: string, pattern: string): Promise<string[]> {
  const path = resolve(folder, pattern)
  const parts = basename(path)
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  const fits = new RegExp(`^${parts.join('.*')}$`)
  const names = await readdir(dirname(path)).catch((): string[] => [])
  return names
    .filter((name) => fits.test(name))
    .sort()
    .map((name) => join(dirname(path), name))
}
