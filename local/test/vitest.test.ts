import { expect, test } from 'vitest'
import setup, { type ProvidedStack } from '../src/vitest.ts'
import { temporaryFolder } from './support/folders.ts'
import { writeProject } from './support/project-stack.ts'

test('the set-up for vitest starts a stack on the project, tells its addresses, and stops it', async () => {
  const { path, remove } = await temporaryFolder()
  await writeProject(path, 'create table public.marks (id int); grant select on public.marks to anon;')
  const provided: ProvidedStack[] = []
  const stop = await setup({ config: { root: path }, provide: (_name, stack) => provided.push(stack) })
  const [stack] = provided
  const ask = () =>
    fetch(`${stack?.apiUrl}/rest/v1/marks`, { headers: { apikey: stack?.publishableKey ?? '' } })
  expect(await (await ask()).json()).toEqual([])
  // What is provided goes to other processes.
  expect(structuredClone(stack)).toEqual(stack)
  await stop()
  await expect(ask()).rejects.toThrow()
  await remove()
})
