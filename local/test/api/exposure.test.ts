import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { type Stack, type StackOptions, startStack } from '../../src/index.ts'
import { folder } from '../support/folders.ts'
import { visitor } from '../support/people.ts'
import { writeProject } from '../support/project-stack.ts'
import { query } from '../support/sql.ts'

const MIGRATION = `
create table public.tasks (id bigint generated always as identity primary key, title text not null);
create function public.greet() returns text language sql as $$ select 'hello' $$;
`

async function start(settings: string, options: StackOptions = {}): Promise<Stack> {
  const workdir = options.workdir ?? (await folder())
  await writeProject(workdir, MIGRATION, settings)
  const stack = await startStack({ ...options, workdir })
  onTestFinished(() => stack.stop())
  return stack
}

const title = async (stack: Stack) => visitor(stack).from('tasks').insert({ title: 'one' }).select('title')

it.each([
  ['is not set', '[api]\nmax_rows = 10\n'],
  ['is true', '[api]\nauto_expose_new_tables = true\n'],
])('new tables are granted to the API when auto_expose_new_tables %s', async (_, settings) => {
  const stack = await start(settings)
  expect(await title(stack)).toMatchObject({ error: null, data: [{ title: 'one' }] })
  const [sequence] = await query(
    stack.dbUrl,
    `select has_sequence_privilege('anon', 'public.tasks_id_seq', 'usage') as usage`,
  )
  expect(sequence).toEqual({ usage: true })
})

it('new tables are granted to nobody when auto_expose_new_tables is false', async () => {
  const stack = await start('[api]\nauto_expose_new_tables = false\n')
  expect(await title(stack)).toMatchObject({ status: 401, error: { code: '42501' } })
  // Execute comes from "public", to which PostgreSQL itself grants it.
  expect(await visitor(stack).rpc('greet')).toMatchObject({ data: 'hello' })
})

it('default privileges that a migration changed are not put back by the next start', async () => {
  const [workdir, dataDir] = [await folder(), join(await folder(), 'data')]
  const first = await start('', { workdir, dataDir })
  await query(
    first.dbUrl,
    'alter default privileges in schema public revoke all on tables from anon; create table public.later ()',
  )
  await first.stop()
  const second = await start('', { workdir, dataDir })
  await query(second.dbUrl, 'create table public.last ()')
  const rows = await query(
    second.dbUrl,
    `select relname, has_table_privilege('anon', oid, 'select') as anon
    from pg_class where relname in ('tasks', 'later', 'last') order by relname`,
  )
  expect(rows).toEqual([
    { relname: 'last', anon: false },
    { relname: 'later', anon: false },
    { relname: 'tasks', anon: true },
  ])
})
