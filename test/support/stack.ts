import { execFileSync } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { delimiter } from 'node:path'
import postgres from 'postgres'
import type { TestProject } from 'vitest/node'
import { type Stack, startStack } from '../../local/src/index.ts'
import { copyCluster, makeCluster } from '../../local/test/support/cluster.ts'
import { installPgTap } from './pgtap.ts'
import { raiseRateLimits } from './rate-limits.ts'
import { makeReaders } from './readers.ts'

/** Where the tests find the backend. */
export interface StackAddresses {
  apiUrl: string
  dbUrl: string
  /** As the superuser. */
  adminDbUrl: string
  publishableKey: string
  secretKey: string
  jwtSecret: string
}

/** What of a stack can be handed to another process. */
export const addressesOf = ({
  apiUrl,
  dbUrl,
  adminDbUrl,
  publishableKey,
  secretKey,
  jwtSecret,
}: Stack): StackAddresses => ({ apiUrl, dbUrl, adminDbUrl, publishableKey, secretKey, jwtSecret })

declare module 'vitest' {
  interface ProvidedContext {
    /** The backend of the file that asks; `stack-of-worker.ts` chooses it. */
    stack: StackAddresses
    /** One for each file that runs at the same time. */
    stacks: StackAddresses[]
    /** Like `cluster`, with our migrations applied. */
    migratedCluster: string
    /** Like that, with all that the tests count on beside: pgTAP, limits that none of them reaches, roles that read tables. */
    preparedCluster: string
    /** SQL that stacks of a test's own run as they start: a mutant. */
    change: string
  }
}

/** The addresses of a stack that `supabase start` brought up. */
function readSupabaseStatus(): StackAddresses {
  const lines = execFileSync('supabase', ['status', '-o', 'env'], { encoding: 'utf8' }).split('\n')
  const value = (name: string) => {
    const found = lines.find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1)
    if (!found) throw new Error(`supabase status names no ${name}; run "supabase start" first`)
    return found.replace(/^"|"$/g, '')
  }
  return {
    apiUrl: value('API_URL'),
    dbUrl: value('DB_URL'),
    adminDbUrl: value('DB_URL').replace('//postgres:', '//supabase_admin:'),
    publishableKey: value('PUBLISHABLE_KEY'),
    secretKey: value('SECRET_KEY'),
    jwtSecret: value('JWT_SECRET'),
  }
}

/** Everything that the tests count on beside our migrations. */
async function prepare({ dbUrl, adminDbUrl }: Pick<StackAddresses, 'dbUrl' | 'adminDbUrl'>): Promise<void> {
  await installPgTap(adminDbUrl)
  await raiseRateLimits(dbUrl)
  await makeReaders(adminDbUrl)
  await claimByAddress(dbUrl)
}

/** As the owner of a project does whose Auth confirms addresses. */
async function claimByAddress(dbUrl: string): Promise<void> {
  const sql = postgres(dbUrl, { max: 1 })
  await sql`update private.settings set claims_by_address = true where id`
  await sql.end()
}

/** A copy of a database that has been worked on. */
export async function continueCluster(from: string, work?: (stack: Stack) => Promise<void>): Promise<string> {
  const folder = await copyCluster(from)
  const stack = await startStack({ seed: false, dataDir: folder })
  await work?.(stack)
  await stack.stop()
  return folder
}

/** The folders that stacks start from copies of: what `initdb` makes, with our migrations, and with all that the tests count on. */
export async function makeClusters(): Promise<[string, string, string]> {
  const cluster = await makeCluster()
  const migrated = await continueCluster(cluster)
  return [cluster, migrated, await continueCluster(migrated, prepare)]
}

/** Real backends for the whole run: our own, or with TERTULIA_STACK=supabase the one that is running. */
export default async function setup(project: TestProject) {
  // Whoever runs many such runs, as the mutants do, makes the folders once.
  const given = process.env.TERTULIA_CLUSTERS?.split(delimiter)
  const clusters = given ?? (await makeClusters())
  const [cluster = '', migratedCluster = '', preparedCluster = ''] = clusters
  const { TERTULIA_GIVEN_STACK: ready } = process.env
  const stacks: Stack[] = []
  const provide = (addresses: StackAddresses[]) => {
    project.provide('cluster', cluster)
    project.provide('migratedCluster', migratedCluster)
    project.provide('preparedCluster', preparedCluster)
    if (!ready) project.provide('change', '')
    // A copy: a file that takes a stack of its own changes this one.
    project.provide('stack', { ...addresses[0]! })
    project.provide('stacks', addresses)
  }
  if (ready) {
    provide([JSON.parse(ready)])
  } else if (process.env.TERTULIA_STACK === 'supabase') {
    const addresses = readSupabaseStatus()
    await prepare(addresses)
    provide([addresses])
  } else {
    for (let worker = 1; worker <= project.vitest.config.maxWorkers; worker++) {
      const dataDir = await copyCluster(preparedCluster)
      stacks.push(await startStack({ seed: false, dataDir, ephemeral: true }))
    }
    provide(stacks.map(addressesOf))
  }
  return async () => {
    await Promise.all(stacks.map((stack) => stack.stop()))
    if (given) return
    for (const folder of clusters) await rm(folder, { recursive: true, force: true })
  }
}
