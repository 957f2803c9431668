import { chmod, mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Gateway, startGateway } from './api/gateway.ts'
import { type Lite, startLite } from './api/lite.ts'
import { developmentKeys } from './keys.ts'
import { claimPort } from './ports.ts'
import { type PostgresServer, startPostgres } from './postgres/index.ts'
import { readConfig } from './project/config.ts'
import { applyMigrations } from './project/migrations.ts'
import { applySeed } from './project/seed.ts'
import { createRealtime, type Realtime } from './realtime/index.ts'

export interface StackOptions {
  /** The folder that holds `supabase/`; default: where the process runs. */
  workdir?: string
  /** Of the API; 0, the default, takes a free one. */
  port?: number
  /** Of PostgreSQL; 0, the default, takes a free one. */
  dbPort?: number
  /** Where the data live when they are to stay. */
  dataDir?: string
  /** The data go when the stack stops, also when it is killed. Default: true unless there is a `dataDir`. */
  ephemeral?: boolean
  /** Apply `supabase/migrations`; default true. */
  migrate?: boolean
  /** Run the seed files; default false. */
  seed?: boolean
  log?: (line: string) => void
}

export interface Stack {
  apiUrl: string
  /** As `postgres`, as migrations run. */
  dbUrl: string
  /** As the superuser, for what no application may do. */
  adminDbUrl: string
  publishableKey: string
  secretKey: string
  jwtSecret: string
  anonKey: string
  serviceRoleKey: string
  /** Mails that Auth would have sent to that address, oldest first. */
  mails(address: string): { subject: string; text?: string; html?: string }[]
  /** Settles when PostgreSQL ended without having been asked to. */
  failed: Promise<void>
  /** Ends PostgreSQL as a crash would, or finds it dead, and starts it again on the same port with the same data. */
  restartPostgres(): Promise<void>
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Starts a whole stack, by default one on free ports that leaves nothing behind. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const { port = 0, dbPort = 0, migrate = true, seed = false, log = () => undefined } = options
  const ephemeral = options.ephemeral ?? options.dataDir === undefined
  const workdir = resolve(options.workdir ?? '.')
  const config = await readConfig(workdir)
  const keys = developmentKeys()
  await claimPort(port, '--port')
  const base = options.dataDir ? resolve(options.dataDir) : await mkdtemp(join(tmpdir(), 'tertulia-local-'))
  await mkdir(base, { recursive: true })
  await chmod(base, 0o711)
  const removeAfter = ephemeral ? base : undefined
  const dataDir = join(base, 'db')

  let database: PostgresServer = await startPostgres({ dataDir, port: dbPort, removeAfter, log })
  const { adminUrl, url } = database
  const urlAs = (role: string) => url.replace('//postgres:', `//${role}:`)
  let lite: Lite | undefined
  let realtime: Realtime | undefined
  let gateway: Gateway | undefined
  let stopping = false
  let failed = () => {}
  const failure = new Promise<void>((settle) => {
    failed = settle
  })
  const watch = (server: PostgresServer) =>
    server.exited.then(() => {
      if (!stopping && server === database) failed()
    })

  const stop = async () => {
    stopping = true
    await gateway?.close()
    await Promise.all([realtime?.close(), lite?.close()])
    await database.stop()
  }
  try {
    watch(database)
    if (migrate) await applyMigrations({ url, workdir, log })
    if (seed && config.db.seedEnabled) await applySeed({ url, workdir, log }, config.db.seedPaths)
    lite = await startLite({ urlAs, config, keys })
    realtime = await createRealtime({ adminUrl, ...keys, log })
    gateway = await startGateway(
      port,
      {
        http: [
          ['/rest/v1', lite.rest],
          ['/auth/v1', lite.auth],
          ['/realtime/v1/api', realtime.fetch],
        ],
        upgrade: realtime.handleUpgrade,
      },
      log,
    )
  } catch (error) {
    await stop()
    throw error
  }

  const { mails } = lite
  return {
    apiUrl: `http://127.0.0.1:${gateway.port}`,
    dbUrl: url,
    adminDbUrl: adminUrl,
    ...keys,
    mails: (address) => mails.messages.get(address) ?? [],
    failed: failure,
    restartPostgres: async () => {
      const before = database
      stopping = true
      await before.crash()
      database = await startPostgres({ dataDir, port: before.port, removeAfter, log })
      stopping = false
      watch(database)
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
