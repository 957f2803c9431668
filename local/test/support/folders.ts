import { chmod, cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

export const fixture = fileURLToPath(new URL('../fixtures/project', import.meta.url))

/** A folder for the tests of a file. */
export async function temporaryFolder(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'tertulia-local-test-'))
  await chmod(path, 0o755)
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

/** A folder that goes with the test. */
export async function folder(): Promise<string> {
  const { path, remove } = await temporaryFolder()
  onTestFinished(remove)
  return path
}

/** A copy of the fixture, to be changed or started in. */
export async function project(): Promise<string> {
  const path = await folder()
  await cp(fixture, path, { recursive: true })
  return path
}
