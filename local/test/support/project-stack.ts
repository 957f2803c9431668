import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import type { Stack } from '../../src/index.ts'
import { temporaryFolder } from './folders.ts'
import { startFreshStack } from './stack.ts'

/** Makes a project of one migration in the folder. */
export async function writeProject(workdir: string, migration: string, settings = ''): Promise<void> {
  await mkdir(join(workdir, 'supabase', 'migrations'), { recursive: true })
  await writeFile(join(workdir, 'supabase', 'config.toml'), settings)
  await writeFile(join(workdir, 'supabase', 'migrations', '20260101000000_first.sql'), migration)
}

/** One stack for the tests of a file, on a project of one migration. */
export function stackOfProject(migration: string, settings = ''): () => Stack {
  let stack: Stack | undefined
  let remove = async () => {}
  beforeAll(async () => {
    const folder = await temporaryFolder()
    remove = folder.remove
    await writeProject(folder.path, migration, settings)
    stack = await startFreshStack({ workdir: folder.path })
  })
  afterAll(async () => {
    await stack?.stop()
    await remove()
  })
  return () => {
    if (!stack) throw new Error('the stack is not started')
    return stack
  }
}
