import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { applyMigrations, applySeed, startPostgres } from '../../src/index.ts'
import { copyCluster } from '../support/cluster.ts'
import { folder, project } from '../support/folders.ts'
import { run } from '../support/processes.ts'
import { query } from '../support/sql.ts'

const supabase = fileURLToPath(new URL('../../../node_modules/.bin/supabase', import.meta.url))

async function database() {
  const server = await startPostgres({
    dataDir: join(await copyCluster(inject('cluster'), await folder()), 'db'),
    port: 0,
  })
  onTestFinished(() => server.stop())
  return server.url
}

const write = (workdir: string, file: string, content: string) =>
  writeFile(join(workdir, 'supabase', 'migrations', file), content)
const applied = async (url: string) =>
  (
    await query<{ version: string }>(
      url,
      'select version from supabase_migrations.schema_migrations order by 1',
    )
  ).map(({ version }) => version)

describe('migrations', () => {
  it('are applied once, in order, as postgres', async () => {
    const url = await database()
    const workdir = await project()
    const lines: string[] = []
    const log = (line: string) => lines.push(line)
    expect(await applyMigrations({ url, workdir, log })).toBe(3)
    expect(lines[0]).toBe('applying migration 20260101000000_notes.sql')
    expect(await applyMigrations({ url, workdir, log })).toBe(0)
    await write(workdir, '20260104000000_more.sql', 'create table public.more ()')
    expect(await applyMigrations({ url, workdir, log })).toBe(1)
    expect(await query(url, `select tableowner from pg_tables where schemaname = 'public'`)).toEqual(
      Array(3).fill({ tableowner: 'postgres' }),
    )
  })

  // The CLI is a large program, and starts several times.
  it('and the Supabase CLI leave the same history, and either goes on where the other stopped', async () => {
    const workdir = await project()
    const push = async (url: string) => {
      const args = ['db', 'push', `--remote=${url}?sslmode=disable`, '--yes', '--include-seed']
      const { code, stdout, stderr } = await run(supabase, args, workdir, { DO_NOT_TRACK: '1' }).ended
      expect(code, stdout + stderr).toBe(0)
      return stdout
    }
    const [ours, theirs] = [await database(), await database()]
    const log = () => undefined
    await applyMigrations({ url: ours, workdir, log })
    await applySeed({ url: ours, workdir, log }, ['./seed.sql'])
    expect(await push(ours)).toContain('up to date')
    await push(theirs)
    expect(await applyMigrations({ url: theirs, workdir, log })).toBe(0)
    expect(await applySeed({ url: theirs, workdir, log }, ['./seed*.sql'])).toBe(0)
    const history = `select * from supabase_migrations.schema_migrations order by version`
    expect(await query(ours, history)).toEqual(await query(theirs, history))
    const columns = `select table_name, column_name, data_type, is_nullable from information_schema.columns where table_schema = 'supabase_migrations' order by 1, ordinal_position`
    expect(await query(ours, columns)).toEqual(await query(theirs, columns))
    await write(workdir, '20260104000000_more.sql', 'create table public.more ()')
    await push(ours)
    expect(await applied(ours)).toContain('20260104000000')
  }, 240_000)

  it('that fail name file, line and reason, and leave nothing of themselves', async () => {
    const url = await database()
    const workdir = await project()
    await write(
      workdir,
      '20260104000000_wrong.sql',
      'create table public.half ();\n\nselect * from public.nowhere;\n',
    )
    await write(workdir, '20260105000000_after.sql', 'create table public.after ()')
    const attempt = applyMigrations({ url, workdir, log: () => undefined })
    await expect(attempt).rejects.toMatchObject({
      code: 'migration_failed',
      message:
        'unable to apply 20260104000000_wrong.sql (line 3); relation "public.nowhere" does not exist [42P01]',
    })
    expect(await applied(url)).toHaveLength(3)
    const [left] = await query(
      url,
      `select to_regclass('public.half') as half, to_regclass('public.after') as after`,
    )
    expect(left).toEqual({ half: null, after: null })
    await write(workdir, '20260104000000_wrong.sql', 'create table public.half ()')
    expect(await applyMigrations({ url, workdir, log: () => undefined })).toBe(2)
  })

  it('may hold what refuses to run in a transaction', async () => {
    const url = await database()
    const workdir = await project()
    await write(
      workdir,
      '20260104000000_alone.sql',
      `create type public.mood as enum ('good');\nalter type public.mood add value 'bad';\ncreate index concurrently on public.notes (body);\ncreate table public.moods (mood public.mood default 'bad');`,
    )
    expect(await applyMigrations({ url, workdir, log: () => undefined })).toBe(4)
    expect(await applied(url)).toHaveLength(4)
  })

  it('may not leave a transaction open, nor come late', async () => {
    const url = await database()
    const workdir = await project()
    await write(workdir, '20260104000000_open.sql', 'begin; create table public.half ();')
    await expect(applyMigrations({ url, workdir, log: () => undefined })).rejects.toThrow(
      /20260104000000_open.sql; it begins a transaction/,
    )
    await rm(join(workdir, 'supabase', 'migrations', '20260104000000_open.sql'))
    await write(workdir, '20250101000000_late.sql', 'select 1')
    await expect(applyMigrations({ url, workdir, log: () => undefined })).rejects.toMatchObject({
      message: expect.stringContaining('20250101000000_late.sql'),
      hint: expect.stringContaining('reset'),
    })
  })

  it('may be missing altogether', async () => {
    const url = await database()
    expect(await applyMigrations({ url, workdir: await folder(), log: () => undefined })).toBe(0)
  })
})

describe('seeds', () => {
  it('run once; a changed one waits for a reset', async () => {
    const url = await database()
    const workdir = await project()
    const lines: string[] = []
    const options = { url, workdir, log: (line: string) => lines.push(line) }
    await applyMigrations(options)
    expect(await applySeed(options, ['./seed*.sql'])).toBe(1)
    await writeFile(join(workdir, 'supabase', 'seed.sql'), 'select 1')
    expect(await applySeed(options, ['./seed*.sql'])).toBe(0)
    expect(lines.at(-1)).toBe('supabase/seed.sql has changed; tertulia-local reset applies it')
    await writeFile(
      join(workdir, 'supabase', 'seed_more.sql'),
      'insert into public.replies (note_id, body)\nvalues (1, null)',
    )
    await expect(applySeed(options, ['./seed*.sql'])).rejects.toThrow(
      /^unable to apply supabase\/seed_more.sql; null value/,
    )
  })
})
