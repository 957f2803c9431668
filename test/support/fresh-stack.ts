import postgres from 'postgres'
import { afterAll, inject } from 'vitest'
import { type Stack, type StackOptions, startStack } from '../../local/src/index.ts'
import { copyCluster } from '../../local/test/support/cluster.ts'
import { addressesOf } from './stack.ts'

/** A stack that no other test uses, on a database with our migrations, or with `migrate: false` on that of a new project. */
export async function startFreshStack(options: StackOptions = {}): Promise<Stack> {
  const cluster = inject(options.migrate === false ? 'cluster' : 'migratedCluster')
  const stack = await startStack({
    seed: false,
    ...options,
    dataDir: await copyCluster(cluster),
    ephemeral: true,
  })
  return options.migrate === false ? stack : changed(stack)
}

/** The stack with the mutant in it that is being tried, if one is. */
async function changed(stack: Stack): Promise<Stack> {
  const change = inject('change')
  if (change) {
    const sql = postgres(stack.dbUrl, { max: 1, onnotice: () => {} })
    await sql.unsafe(change).simple()
    await sql.end()
  }
  return stack
}

/**
 * From here on `inject('stack')` answers a stack that only this file uses: for tests that read whole tables, which would
 * take longer with every file that ran before, and for those that change the database for everybody. `migratedCluster` has the
 * limits as they are shipped.
 */
export async function takeFreshStack(
  cluster: 'preparedCluster' | 'migratedCluster' = 'preparedCluster',
): Promise<void> {
  const dataDir = await copyCluster(inject(cluster))
  const stack = await changed(await startStack({ seed: false, dataDir, ephemeral: true }))
  const shared = { ...inject('stack') }
  afterAll(() => {
    Object.assign(inject('stack'), shared)
    return stack.stop()
  })
  Object.assign(inject('stack'), addressesOf(stack))
}
