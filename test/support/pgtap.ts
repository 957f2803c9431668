import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import postgres from 'postgres'

/** Puts pgTAP where `supabase test db` puts it: the extension where the server has it, else its SQL from npm. */
export async function installPgTap(adminDbUrl: string): Promise<void> {
  const sql = postgres(adminDbUrl, { max: 1, onnotice: () => {} })
  try {
    const [available] = await sql`select from pg_available_extensions where name = 'pgtap'`
    if (available) await sql`create extension if not exists pgtap with schema extensions`
    else if ((await sql`select to_regproc('extensions.plan') is null as missing`)[0]?.missing) {
      await sql.begin(async (tx) => {
        await tx`set local search_path = extensions, public`
        await tx.unsafe(await readPgTap()).simple()
      })
    }
  } finally {
    await sql.end()
  }
}

async function readPgTap(): Promise<string> {
  const archive = join(
    dirname(createRequire(import.meta.url).resolve('@electric-sql/pglite-pgtap')),
    'pgtap.tar.gz',
  )
  const folder = await mkdtemp(join(tmpdir(), 'pgtap-'))
  try {
    execFileSync('tar', ['-xzf', archive, '-C', folder])
    const scripts = join(folder, 'share/postgresql/extension')
    const [newest] = (await readdir(scripts))
      .filter((name) => /^pgtap--[\d.]+\.sql$/.test(name))
      .sort()
      .reverse()
    return await readFile(join(scripts, newest ?? ''), 'utf8')
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Runs one pgTAP file as `postgres` and answers its lines. */
export async function runPgTap(dbUrl: string, file: string): Promise<string[]> {
  const sql = postgres(dbUrl, { max: 1, onnotice: () => {} })
  try {
    await sql`set search_path = public, extensions`
    const results = await sql.unsafe(await readFile(file, 'utf8')).simple()
    const rows = (results as unknown as Record<string, unknown>[][]).flat()
    return rows.flatMap((row) => Object.values(row).map(String)).flatMap((text) => text.split('\n'))
  } finally {
    await sql.end()
  }
}
