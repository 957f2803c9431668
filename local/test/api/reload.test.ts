import { expect, it, vi } from 'vitest'
import { service } from '../support/people.ts'
import { query } from '../support/sql.ts'
import { stackOfTheFile } from '../support/stack.ts'

const stack = stackOfTheFile()

it('a change of the schema is seen after the API has read it again: not at once, and by itself', async () => {
  const select = async () => (await service(stack()).from('fresh').select('id')).error?.code
  expect(await select()).toBe('PGRST205')
  await query(stack().dbUrl, 'create table public.fresh (id integer)')
  await vi.waitFor(async () => expect(await select()).not.toBe('PGRST205'))
  await query(stack().dbUrl, 'drop table public.fresh')
  await vi.waitFor(async () => expect(await select()).toBe('PGRST205'))
})

it('without the event trigger it is seen after notify alone', async () => {
  const { adminDbUrl, dbUrl } = stack()
  await query(adminDbUrl, 'alter event trigger pgrst_ddl_watch disable')
  const select = async () => (await service(stack()).from('quiet').select('id')).error?.code
  await query(dbUrl, 'create table public.quiet (id integer)')
  await new Promise((wait) => setTimeout(wait, 1_000))
  expect(await select()).toBe('PGRST205')
  await query(dbUrl, `notify pgrst, 'reload schema'`)
  await vi.waitFor(async () => expect(await select()).not.toBe('PGRST205'))
  await query(adminDbUrl, 'alter event trigger pgrst_ddl_watch enable')
})
