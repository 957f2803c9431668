import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { TestProject } from 'vitest/node'
import { serverAccount } from '../../src/postgres/account.ts'
import { findBinaries } from '../../src/postgres/binaries.ts'
import { ensureCluster } from '../../src/postgres/cluster.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A folder whose `db/` is what `initdb` makes: stacks start from copies of it. */
    cluster: string
  }
}

/**
 * What `initdb` costs is paid once: most of a second of processor time, of which a copy takes a tenth. The platform's schemas
 * are not in it yet, for the settings of a project decide on them.
 */
export async function makeCluster(): Promise<string> {
  const folder = await makeFolder()
  const account = serverAccount()
  await ensureCluster(join(folder, 'db'), account, await findBinaries(account, () => undefined))
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
