import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { TestProject } from 'vitest/node'
import { startPostgres } from '../../src/index.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A folder whose `db/` is a database cluster that was never used: stacks start from copies of it. */
    cluster: string
  }
}

/** What `initdb` and the platform's schemas cost is paid once: a second of processor time, of which a copy takes a tenth. */
export async function makeCluster(): Promise<string> {
  const folder = await makeFolder()
  const server = await startPostgres({ dataDir: join(folder, 'db'), port: 0 })
  await server.stop()
  return folder
}

/** A copy of that folder, or in a folder that is there. */
export async function copyCluster(from: string, to?: string): Promise<string> {
  const folder = to ?? (await makeFolder())
  // `cp` keeps the owner, which is not ours where root runs the tests.
  await promisify(execFile)('cp', ['-a', join(from, 'db'), folder])
  return folder
}

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tertulia-test-'))
  await chmod(folder, 0o711)
  return folder
}

export default async function setup(project: TestProject) {
  const folder = await makeCluster()
  project.provide('cluster', folder)
  return () => rm(folder, { recursive: true, force: true })
}
