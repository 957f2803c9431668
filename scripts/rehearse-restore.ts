import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { startStack } from '../local/src/index.ts'
import { createTertulia } from '../src/index.ts'
import { compareDatabases } from './compare-databases.ts'
import { connectTo, fillProject, listEmptyTables, password } from './fill-project.ts'
import { notOnThisMachine } from './not-on-this-machine.ts'

// The backup and the restore of docs/operations.md, word for word, from one local stack into another. Needs pg_dump, pg_restore
// and psql of PostgreSQL 17 or newer on the PATH, or in the folder that PG_BIN names.

const env = { ...process.env, PATH: `${process.env.PG_BIN ?? ''}:${process.env.PATH}` }
const version = Number(
  /(\d+)/.exec(spawnSync('pg_dump', ['--version'], { env, encoding: 'utf8' }).stdout ?? '')?.[1] ?? 0,
)
if (version < 17) {
  console.error(
    `unable to rehearse; pg_dump is ${version === 0 ? 'not there' : `of version ${version}`}, and the server is 17\n` +
      '  Install postgresql-client-17 (Debian 13; else from apt.postgresql.org), or name its folder in PG_BIN.',
  )
  process.exit(notOnThisMachine)
}

/** A marked block of the page, as a script. */
async function commands(name: string): Promise<string> {
  const block = new RegExp(`\`\`\`sh ${name}\\n([\\s\\S]*?)\`\`\``).exec(
    await readFile('docs/operations.md', 'utf8'),
  )
  if (!block?.[1]) throw new Error(`docs/operations.md has no block "sh ${name}"`)
  return block[1]
}

const folder = await mkdtemp(join(tmpdir(), 'tertulia-restore-'))
const source = await startStack({ seed: true })
const target = await startStack({ seed: false, migrate: false })
let failures: string[] = []
try {
  await fillProject(source)
  const empty = await listEmptyTables(source)
  console.log(`without rows: ${empty.join(', ')}`)
  const run = (script: string) => {
    const startedAt = performance.now()
    execFileSync('bash', ['-euo', 'pipefail', '-c', script], {
      cwd: folder,
      env: { ...env, DATABASE_URL: source.dbUrl, TARGET_URL: target.dbUrl },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    return ((performance.now() - startedAt) / 1000).toFixed(1)
  }
  console.log(`backup: ${run(await commands('backup'))} s`)
  const before = postgres(source.adminDbUrl, { max: 1, onnotice: () => {} })
  console.log(`restore: ${run(await commands('restore'))} s`)
  const after = postgres(target.adminDbUrl, { max: 1, onnotice: () => {} })
  const compared = await compareDatabases(before, after, [
    'private.undelivered_messages',
    // Not logged, and not in the dump: salts must not go where the hashes go.
    'private.analytics_salt',
    'private.empty_search_salt',
    'private.analytics_allowances',
    'private.analytics_agents',
  ])
  failures = compared.differences
  console.log(compared.counts.join('\n'))
  await Promise.all([before.end(), after.end()])

  const supabase = connectTo(target)
  const { error } = await supabase.auth.signInWithPassword({ email: 'person0@example.com', password })
  if (error) failures.push(`nobody can sign in: ${error.message}`)
  const ana = createTertulia(supabase)
  const songs = await ana.songs.list()
  if (songs.items.length === 0) failures.push('a person sees no song')
  await ana.songs.create({ content: '[C]Después' })
  const { items } = await ana.songs.search('cancion')
  if (items.length === 0) failures.push('the search finds nothing')
} finally {
  await Promise.all([source.stop(), target.stop()])
  await rm(folder, { recursive: true })
}
for (const failure of failures) console.error(`  ${failure}`)
console.log(failures.length === 0 ? 'everything is there again' : `${failures.length} differences`)
// The clients' sockets would keep the process.
process.exit(failures.length === 0 ? 0 : 1)
