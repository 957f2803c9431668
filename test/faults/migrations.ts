import { fork } from 'node:child_process'
import { once } from 'node:events'
import postgres from 'postgres'
import { compareDatabases } from '../../scripts/compare-databases.ts'
import { type Backend, openBackend, program } from './backend.ts'
import type { Outcome } from './kills.ts'

/** What differs from one installation to the next: ids and times that are made as they run. */
const ownOfEach = ['storage.buckets', 'tag_categories', 'supabase_migrations.schema_migrations']

function startMigration({ dbUrl }: Backend) {
  const child = fork(program('migrate-process.ts'), [dbUrl], { execArgv: [], stdio: 'ignore' })
  return { child, ended: once(child, 'exit') as Promise<[number | null]> }
}

/** Migrations are applied, killed at moments that are spread over them, and applied again: the schema is the same as without. */
export async function killMigrations(
  cluster: string,
  victim: 'migration' | 'PostgreSQL',
  times: number,
): Promise<Outcome> {
  const outcome: Outcome = { name: `kill -9 of ${victim}: migration`, faults: 0, acknowledged: 0, wrong: [] }
  const clean = await openBackend(cluster, { migrate: false })
  const startedAt = performance.now()
  const [code] = await startMigration(clean).ended
  const whole = performance.now() - startedAt
  if (code !== 0) throw new Error('the migrations fail without a fault')
  for (let n = 1; n <= times; n++) {
    const backend = await openBackend(cluster, { migrate: false })
    try {
      const { child, ended } = startMigration(backend)
      await Promise.race([new Promise((resolve) => setTimeout(resolve, (whole * n) / (times + 1))), ended])
      if (child.exitCode === null) outcome.faults++
      if (victim === 'migration') child.kill('SIGKILL')
      else await backend.killPostgres()
      await ended
      if (victim === 'PostgreSQL') await backend.startPostgres()
      const [again] = await startMigration(backend).ended
      if (again !== 0) outcome.wrong.push(`after a kill at ${n} of ${times + 1} the migrations cannot go on`)
      else {
        outcome.acknowledged++
        const [one, other] = [clean, backend].map(({ adminDbUrl }) => postgres(adminDbUrl, { max: 1 }))
        const { differences } = await compareDatabases(one!, other!, ownOfEach)
        outcome.wrong.push(...differences.slice(0, 3).map((what) => `kill at ${n} of ${times + 1}: ${what}`))
        await Promise.all([one!.end(), other!.end()])
      }
    } finally {
      await backend.close()
    }
  }
  await clean.close()
  return outcome
}
