import { spawn } from 'node:child_process'
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type PostgresOptions, startPostgres } from '../../src/index.ts'
import { reachableFolder } from '../../src/postgres/account.ts'
import { isAlive } from '../../src/processes.ts'
import { folder } from '../support/folders.ts'
import { run } from '../support/processes.ts'
import { query } from '../support/sql.ts'

async function start(dataDir: string, options: Partial<PostgresOptions> = {}) {
  const server = await startPostgres({ dataDir, port: 0, ...options })
  onTestFinished(() => server.stop())
  return server
}

describe('the roles of a project', () => {
  it('gives postgres what the platform gives it, and no more', async () => {
    const { url, adminUrl } = await start(join(await folder(), 'db'))
    const [postgres] = await query(
      url,
      `
      select rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, current_setting('search_path') as path,
        pg_get_userbyid(nspowner) as owns_public
      from pg_roles, pg_namespace where rolname = current_user and nspname = 'public'`,
    )
    expect(postgres).toEqual({
      rolsuper: false,
      rolcreaterole: true,
      rolcreatedb: true,
      rolreplication: true,
      rolbypassrls: true,
      path: '"$user", public, extensions',
      owns_public: 'postgres',
    })
    const members = await query(
      url,
      `
      select rolname from pg_roles where pg_has_role('postgres', oid, 'usage') and rolname like 'supabase%admin' order by 1`,
    )
    expect(members.map(({ rolname }) => rolname)).toEqual([
      'supabase_auth_admin',
      'supabase_realtime_admin',
      'supabase_storage_admin',
    ])
    const [service] = await query(
      adminUrl,
      `select rolbypassrls, rolcanlogin from pg_roles where rolname = 'service_role'`,
    )
    expect(service).toEqual({ rolbypassrls: true, rolcanlogin: false })
    const [settings] = await query(
      url,
      `
      select current_setting('wal_level') as wal, current_setting('shared_preload_libraries') as preloaded,
        (select count(*)::int from extensions.pg_stat_statements where false) as statements`,
    )
    expect(settings).toEqual({ wal: 'logical', preloaded: 'pg_stat_statements', statements: 0 })
  })

  it('exposes no new table where that is wanted, and lets a migration add policies and triggers to the system tables', async () => {
    const { url } = await start(join(await folder(), 'db'), { exposeNewTables: false })
    await query(url, 'create table public.fresh (id uuid references auth.users)')
    const [grants] = await query(
      url,
      `
      select has_table_privilege('anon', 'public.fresh', 'select') as anon,
        has_table_privilege('authenticated', 'public.fresh', 'select') as authenticated,
        has_table_privilege('service_role', 'public.fresh', 'select') as service`,
    )
    expect(grants).toEqual({ anon: false, authenticated: false, service: false })
    await query(url, `create policy "Anyone sees" on storage.objects for select to anon using (true)`)
    await query(
      url,
      `create policy "Members join" on realtime.messages for select to authenticated using (true)`,
    )
    await query(
      url,
      `create function public.noted() returns trigger language plpgsql as 'begin return new; end'`,
    )
    await query(
      url,
      'create trigger noted after insert on auth.users for each row execute function public.noted()',
    )
    await query(url, 'create extension pg_trgm with schema extensions')
    await expect(query(url, `create role boss superuser`)).rejects.toThrow(/permission denied/)
  })

  it('sorts and lowers as the platform does', async () => {
    const { url } = await start(join(await folder(), 'db'))
    const rows = await query(
      url,
      `select word, lower(word) as low from unnest(array['b', 'Á', 'a', 'B']) word order by word`,
    )
    expect(rows.map(({ low }) => low)).toEqual(['a', 'á', 'b', 'b'])
    const [words] = await query(url, `select to_tsvector('simple', 'Canción ÁRBOL')::text as words`)
    expect(words?.words).toBe(`'canción':1 'árbol':2`)
  })
})

describe('starting and stopping', () => {
  it('keeps the data over a restart, and a crash', async () => {
    const dataDir = join(await folder(), 'db')
    const first = await start(dataDir)
    await query(first.url, `create table public.kept as select 'still here' as word`)
    await first.stop()
    const second = await start(dataDir, { port: first.port })
    await query(second.url, `insert into public.kept values ('and this')`)
    await second.crash()
    const third = await start(dataDir)
    expect(await query(third.url, 'select word from public.kept')).toHaveLength(2)
    expect(isAlive(first.pid) || isAlive(second.pid)).toBe(false)
  })

  it('removes a temporary directory', async () => {
    const base = await folder()
    const gone = join(base, 'gone')
    await mkdir(gone)
    await chmod(gone, 0o711)
    const server = await start(join(gone, 'db'), { removeAfter: gone })
    await server.stop()
    expect(await readdir(base)).toEqual([])
  })

  it('says when the server ended by itself', async () => {
    const server = await start(join(await folder(), 'db'))
    process.kill(server.pid, 'SIGKILL')
    await server.exited
    expect(isAlive(server.pid)).toBe(false)
  })

  it('overcomes the lock of a server that is gone', async () => {
    const dataDir = join(await folder(), 'db')
    const first = await start(dataDir)
    const lock = await readFile(join(dataDir, 'postmaster.pid'), 'utf8')
    await first.stop()
    // The number in it belongs to this very test now.
    await writeFile(join(dataDir, 'postmaster.pid'), lock.replace(/^\d+/, String(process.pid)))
    const second = await start(dataDir)
    expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  it('refuses a directory that another server uses', async () => {
    const dataDir = join(await folder(), 'db')
    const first = await start(dataDir)
    await expect(startPostgres({ dataDir, port: 0 })).rejects.toMatchObject({
      code: 'data_dir_in_use',
      message: expect.stringContaining(`process ${first.pid}`),
    })
  })

  it('refuses a port that is taken, and leaves nothing', async () => {
    const base = await folder()
    const other = createServer()
    const port = await new Promise<number>((resolve) => {
      other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port))
    })
    onTestFinished(() => void other.close())
    await expect(startPostgres({ dataDir: join(base, 'db'), port })).rejects.toMatchObject({
      code: 'port_taken',
      message: expect.stringContaining(String(port)),
      hint: expect.stringContaining('--db-port'),
    })
    expect(await readdir(base)).toEqual([])
  })

  it('refuses a directory that holds something else, or the data of another version', async () => {
    const base = await folder()
    await writeFile(join(base, 'diary.txt'), 'dear diary')
    await expect(startPostgres({ dataDir: base, port: 0 })).rejects.toMatchObject({
      code: 'data_dir_unusable',
    })
    await writeFile(join(base, 'PG_VERSION'), '15\n')
    await expect(startPostgres({ dataDir: base, port: 0 })).rejects.toThrow(/PostgreSQL 15/)
  })

  it('finds root a place that its server can reach', async () => {
    const closed = join(await folder(), 'closed')
    await mkdir(closed, { mode: 0o700 })
    const lines: string[] = []
    const found = reachableFolder(join(closed, 'project', 'data'), (line) => lines.push(line))
    const root = process.getuid?.() === 0
    expect(found).toMatch(root ? /^\/var\/tmp\/tertulia-local-/ : /closed\/project\/data$/)
    expect(lines).toHaveLength(root ? 1 : 0)
  })
})

describe('when the process that started it dies', () => {
  const script = fileURLToPath(new URL('../support/start-postgres.ts', import.meta.url))

  it('by kill -9, the server ends and a temporary directory goes', async () => {
    const base = await folder()
    const gone = join(base, 'gone')
    await mkdir(gone)
    await chmod(gone, 0o711)
    const parent = run(process.execPath, [script, join(gone, 'db'), gone], base)
    const pid = await vi.waitFor(
      () => Number(/server (\d+)/.exec(parent.output())?.[1] ?? expect.fail(parent.output())),
      20_000,
    )
    expect(isAlive(pid)).toBe(true)
    parent.child.kill('SIGKILL')
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), 10_000)
    await vi.waitFor(async () => expect(await readdir(base)).toEqual([]), 10_000)
  })

  it('by a signal to its whole group, as Ctrl-C sends it, nothing stays either', async () => {
    const base = await folder()
    const parent = spawn(process.execPath, [script, join(base, 'db')], {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    parent.stdout.setEncoding('utf8').on('data', (chunk) => {
      output += chunk
    })
    const pid = await vi.waitFor(
      () => Number(/server (\d+)/.exec(output)?.[1] ?? expect.fail(output)),
      20_000,
    )
    process.kill(-Number(parent.pid), 'SIGINT')
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), 10_000)
    // In order: the data are whole and the lock is gone.
    expect(await readdir(join(base, 'db'))).not.toContain('postmaster.pid')
  })
})
