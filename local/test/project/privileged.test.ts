import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { applyMigrations, applySeed, startPostgres } from '../../src/index.ts'
import { folder } from '../support/folders.ts'
import { writeProject } from '../support/project-stack.ts'
import { query } from '../support/sql.ts'

async function database() {
  const server = await startPostgres({ dataDir: join(await folder(), 'db'), port: 0 })
  onTestFinished(() => server.stop())
  return server.url
}

const silent = () => undefined

describe('what the platform lets postgres do', () => {
  it('loads a dumped seed, which turns triggers and foreign keys off', async () => {
    const url = await database()
    const workdir = await folder()
    await writeProject(
      workdir,
      'create table public.parents (id integer primary key); create table public.children (parent_id integer references public.parents);',
    )
    await writeFile(
      join(workdir, 'supabase', 'seed.sql'),
      `SET session_replication_role = replica;
      INSERT INTO public.children (parent_id) VALUES (1);
      INSERT INTO public.parents (id) VALUES (1);
      RESET ALL;`,
    )
    await applyMigrations({ url, workdir, log: silent })
    expect(await applySeed({ url, workdir, log: silent }, ['./seed.sql'])).toBe(1)
    expect(await query(url, 'select parent_id from public.children')).toEqual([{ parent_id: 1 }])
    const [left] = await query(url, 'show session_replication_role')
    expect(left).toEqual({ session_replication_role: 'origin' })
  })

  it('sets what its own roles start with', async () => {
    const url = await database()
    for (const setting of [
      'pgrst.db_max_rows',
      'pgrst.db_pre_request',
      'pgrst.openapi_mode',
      'statement_timeout',
    ])
      await query(url, `alter role authenticator set ${setting} = '10'`)
    await query(
      url,
      `alter role anon set statement_timeout = '1s'; alter database postgres set log_statement = 'all'`,
    )
    await expect(query(url, `set wal_level = 'minimal'`)).rejects.toThrow()
  })

  it('makes event triggers in a migration, also among other statements', async () => {
    const url = await database()
    const workdir = await folder()
    await writeProject(
      workdir,
      `
      create table public.changes (tag text);
      create function public.note_change() returns event_trigger language plpgsql as $$
      begin insert into public.changes values (tg_tag); end $$;
      -- Every table is noted; this one too.
      create event trigger note_change on ddl_command_end when tag in ('CREATE TABLE') execute function public.note_change();
      create table public.noted ();
      `,
    )
    expect(await applyMigrations({ url, workdir, log: silent })).toBe(1)
    expect(await query(url, 'select tag from public.changes')).toEqual([{ tag: 'CREATE TABLE' }])
    await expect(
      query(url, `select extensions.run_event_trigger_ddl('create role boss superuser')`),
    ).rejects.toThrow(/not one on an event trigger/)
  })
})

describe('a failure with a hint of PostgreSQL', () => {
  it('still names file, line and SQLSTATE', async () => {
    const url = await database()
    const workdir = await folder()
    await writeProject(workdir, 'select 1;\n\nselect no_such_function(1);\n')
    await expect(applyMigrations({ url, workdir, log: silent })).rejects.toMatchObject({
      code: 'migration_failed',
      message: expect.stringMatching(
        /^unable to apply 20260101000000_first\.sql \(line 3\); function .* \[42883\]$/,
      ),
      hint: expect.stringContaining('type casts'),
    })
  })

  it('of a seed says how to start over as well', async () => {
    const url = await database()
    const workdir = await folder()
    await writeProject(workdir, '')
    await writeFile(
      join(workdir, 'supabase', 'seed.sql'),
      'begin;\ncreate table public.kept ();\ncommit;\nselect no_such_function(1);',
    )
    const attempt = () => applySeed({ url, workdir, log: silent }, ['./seed.sql'])
    const failed = {
      code: 'migration_failed',
      message: expect.stringMatching(/^unable to apply supabase\/seed\.sql \(line 4\); .*\[42883\]$/),
      hint: expect.stringMatching(/type casts.*tertulia-local reset/),
    }
    await expect(attempt()).rejects.toMatchObject(failed)
    await expect(attempt()).rejects.toMatchObject({
      message: expect.stringContaining('already exists'),
      hint: expect.stringContaining('tertulia-local reset'),
    })
  })
})
