import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import postgres from 'postgres'
import { applyMigrations } from '../local/src/index.ts'
import { serverAccount } from '../local/src/postgres/account.ts'
import { bootstrap } from '../local/src/postgres/bootstrap.ts'
import { ensureCluster } from '../local/src/postgres/cluster.ts'
import { notOnThisMachine } from './not-on-this-machine.ts'

// The schedules on a PostgreSQL that has pg_cron, which comes with no package of npm: Debian's. Its server is of another major
// version than ours (15 in Debian 12), so this also shows that the migrations apply there.

const root = '/usr/lib/postgresql'
const version = (existsSync(root) ? readdirSync(root) : []).find((name) =>
  existsSync(`${root}/${name}/lib/pg_cron.so`),
)
if (!version) {
  console.error(
    'unable to test the schedules; there is no PostgreSQL with pg_cron here\n  Install it: apt-get install postgresql-15 postgresql-15-cron (Debian 12; 17 on Debian 13)',
  )
  process.exit(notOnThisMachine)
}

const binaries = { initdb: `${root}/${version}/bin/initdb`, postgres: `${root}/${version}/bin/postgres` }
const folder = mkdtempSync(join(tmpdir(), 'tertulia-cron-'))
const account = serverAccount()
chmodSync(folder, 0o711)
if (account.uid !== undefined && account.gid !== undefined) chownSync(folder, account.uid, account.gid)
const dataDir = join(folder, 'data')
const port = await freePort()
const urlOf = (user: string) => `postgresql://${user}:postgres@127.0.0.1:${port}/postgres`

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address ? address.port : 0
}

/** The server with pg_cron in it, which runs commands over a socket of its own or in workers. */
async function start(inWorkers: boolean) {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
    port: String(port),
    shared_preload_libraries: 'pg_stat_statements,pg_cron',
    'cron.database_name': 'postgres',
    'cron.host': folder,
    'cron.use_background_workers': inWorkers ? 'on' : 'off',
    max_worker_processes: '20',
    wal_level: 'logical',
    fsync: 'off',
    timezone: 'UTC',
  }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const { uid, gid } = account
  const child = spawn(binaries.postgres, ['-D', dataDir, ...flags], {
    uid,
    gid,
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const until = Date.now() + 60_000
  while (!said.includes('database system is ready to accept connections')) {
    if (child.exitCode !== null || Date.now() > until) throw new Error(`the server does not start: ${said}`)
    await wait(50)
  }
  return {
    async stop() {
      const ended = once(child, 'exit')
      child.kill('SIGINT')
      await ended
    },
  }
}

const checks: string[] = []
function expect(what: string, isSo: unknown): void {
  if (!isSo) throw new Error(`not so: ${what}`)
  checks.push(what)
  console.log(`ok  ${what}`)
}

/** Waits for a condition that the next full minute brings. */
async function eventually<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  const until = Date.now() + 150_000
  for (;;) {
    const found = await look()
    if (found) {
      expect(what, true)
      return found
    }
    if (Date.now() > until) throw new Error(`not within two and a half minutes: ${what}`)
    await wait(500)
  }
}

let server: Awaited<ReturnType<typeof start>> | undefined
try {
  await ensureCluster(dataDir, account, binaries)
  // pg_cron has no password; nobody else can enter the folder of the socket.
  writeFileSync(
    join(dataDir, 'pg_hba.conf'),
    'local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n',
  )
  server = await start(false)
  const admin = postgres(urlOf('supabase_admin'), { max: 1, onnotice: () => {} })
  const notices: string[] = []
  const sql = postgres(urlOf('postgres'), { max: 1, onnotice: ({ message }) => notices.push(message ?? '') })
  await bootstrap(urlOf('supabase_admin'), folder)
  const applied = await applyMigrations({ url: urlOf('postgres'), workdir: '.', log: () => {} })
  const [about] = await sql`select version() as version`
  expect(`${applied} migrations apply on ${String(about?.version).slice(0, 20)}`, applied > 20)
  const [unscheduled] = await sql`select private.schedule_maintenance() as said`
  expect(
    'pg_cron is available but not for everybody to enable: the migrations go on',
    String(unscheduled?.said).includes('is not scheduled: pg_cron is not here'),
  )

  await admin`create extension pg_cron`
  await admin`grant usage on schema cron to postgres`
  const [scheduled] = await sql`select private.schedule_maintenance() as said`
  expect('with pg_cron the upkeep is scheduled', String(scheduled?.said).includes('is scheduled'))
  await sql`select private.schedule_maintenance()`
  const jobs = await sql`select jobid, jobname, schedule, username, command from cron.job order by jobname`
  expect(
    'once, at 02:00, as postgres',
    jobs.length === 2 &&
      jobs[0]?.jobname === 'tertulia-cleanup' &&
      jobs[0].schedule === '0 2 * * *' &&
      jobs[0].username === 'postgres',
  )

  const owner = crypto.randomUUID()
  await sql`insert into auth.users (id, email) values (${owner}, 'owner@example.com')`
  const addStale = () => sql`
    insert into public.songs (created_by, content, deleted_at)
    select ${owner}, 'la', now() - interval '31 days' from generate_series(1, 1200)`
  const stale = async () => (await sql`select from public.songs where deleted_at is not null`).length
  const latestRun = async () =>
    (
      await sql`select status, return_message from cron.job_run_details where jobid = ${jobs[0]?.jobid} order by runid desc limit 1`
    )[0]

  // It is not 02:00: the same job, every minute.
  await addStale()
  await sql.unsafe(
    `create function private.breaks(integer, interval, text) returns private.maintenance_batch language plpgsql as $$ begin perform 1 / 0; end $$`,
  )
  await sql`insert into private.maintenance_steps (name, position, function_name) values ('breaks', 1, 'private.breaks')`
  await sql`select cron.schedule('tertulia-cleanup', '* * * * *', ${jobs[0]?.command})`
  await eventually('the job runs by itself and removes what is stale', async () => (await stale()) === 0)
  const [batches] =
    await sql`select batches::int from private.maintenance_log where step = 'purge_trash' order by id desc limit 1`
  expect('in several batches', Number(batches?.batches) >= 3)
  await eventually('a step that fails shows as a failed run, with what the others did kept', async () => {
    const run = await latestRun()
    return run?.status === 'failed' && String(run.return_message).includes('upkeep failed in {breaks}')
  })
  await sql`delete from private.maintenance_steps where name = 'breaks'`
  await eventually(
    'without it the next run succeeds',
    async () => (await latestRun())?.status === 'succeeded',
  )
  await sql.end()
  await admin.end()
  await server.stop()

  server = await start(true)
  const again = postgres(urlOf('postgres'), { max: 1, onnotice: () => {} })
  await again`
    insert into public.songs (created_by, content, deleted_at)
    select ${owner}, 'la', now() - interval '31 days' from generate_series(1, 1200)`
  await again.unsafe(
    `create function private.ticks(integer, interval, text) returns private.maintenance_batch language plpgsql as $$ begin return (1::bigint, null::text); end $$`,
  )
  await again`insert into private.maintenance_steps (name, position, function_name, schedule) values ('ticks', 1, 'private.ticks', 'minutes')`
  await again`select private.schedule_maintenance()`
  await again`select cron.schedule('tertulia-cleanup', '* * * * *', ${jobs[0]?.command})`
  await eventually(
    'in background workers too',
    async () => (await again`select from public.songs where deleted_at is not null`).length === 0,
  )
  await eventually(
    'a step of the minutes runs every minute',
    async () =>
      (
        await again`select from cron.job_run_details d join cron.job j using (jobid) where j.jobname = 'tertulia-minutes' and d.status = 'succeeded'`
      ).length > 0,
  )
  const [unfinished] =
    await again`select count(*)::int as n from private.maintenance_log where outcome = 'unfinished'`
  expect('nothing is left half-done', unfinished?.n === 0)
  await again.end()
  console.log(`${checks.length} checks passed`)
} finally {
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
}
