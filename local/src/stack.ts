import { randomUUID } from 'node:crypto'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Gateway, startGateway } from './api/gateway.ts'
import { developmentKeys, type Keys } from './keys.ts'
import { createMailbox } from './mail/mailbox.ts'
import { type MailServer, startMailServer } from './mail/server.ts'
import { claimPort } from './ports.ts'
import { applyBuckets } from './project/buckets.ts'
import { readConfig } from './project/config.ts'
import { applyMigrations } from './project/migrations.ts'
import { applySeed } from './project/seed.ts'
import { type Services, startServices } from './services.ts'
import { readSigningKeys } from './signing-keys.ts'
import { stackError } from './stack-error.ts'

export interface StackOptions {
  /** The folder that holds `supabase/`; default: where the process runs. */
  workdir?: string
  /** Of the API; 0, the default, takes a free one. */
  port?: number
  /** Of PostgreSQL; 0, the default, takes a free one. */
  dbPort?: number
  /** Of the page and the API that show the mails of Auth; 0, the default, takes a free one, and so does a port that is taken. */
  mailPort?: number
  /**
   * What answers REST: `built-in`, which needs nothing more, or the program of PostgREST, as a path or a name on the PATH.
   * Default: the environment's TERTULIA_LOCAL_REST, or else `built-in`.
   */
  rest?: string
  /** Where the data live when they are to stay. */
  dataDir?: string
  /** The data go when the stack stops, also when it is killed. Default: true unless there is a `dataDir`. */
  ephemeral?: boolean
  /** Apply `supabase/migrations`; default true. */
  migrate?: boolean
  /** Run the seed files; default false. */
  seed?: boolean
  /** What is being done, line by line. */
  log?: (line: string) => void
  /** What the servers write: much, for when something is wrong. */
  serverLog?: (line: string) => void
}

export interface Stack extends Keys {
  /** Tells this start from every other; `/health` answers it. */
  id: string
  apiUrl: string
  /** As `postgres`, as migrations run. */
  dbUrl: string
  /** As the superuser, for what no application may do. */
  adminDbUrl: string
  /** Where the mails that Auth sends can be read: a page, and the API of Mailpit under `/api/v1`. */
  mailUrl: string
  /** The mails that Auth sent to that address, oldest first. */
  mails(address: string): { subject: string; text: string; html: string }[]
  /** Settles when PostgreSQL ended without having been asked to. */
  failed: Promise<void>
  /** Ends PostgreSQL as a crash would, or finds it dead, and starts it again on the same port with the same data. */
  restartPostgres(): Promise<void>
  /** Drops all data, then applies the migrations again and, if the stack was started so, the seed. */
  reset(): Promise<void>
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Starts a whole stack, by default one on free ports that leaves nothing behind. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const {
    port = 0,
    migrate = true,
    seed = false,
    log = () => undefined,
    serverLog = () => undefined,
  } = options
  // jsdom and happy-dom put their own fetch, crypto and typed arrays in place of Node's, and servers need those.
  if ('document' in globalThis && 'window' in globalThis) {
    throw stackError(
      'wrong_environment',
      'unable to start the stack; this test runs in a page (jsdom or happy-dom)',
      {
        hint: "start it outside of the tests, with globalSetup: 'tertulia-local/vitest', or put this file into Node: // @vitest-environment node",
      },
    )
  }
  const id = randomUUID()
  const workdir = resolve(options.workdir ?? '.')
  const config = await readConfig(workdir)
  for (const setting of config.unfollowed) log(`config.toml: ${setting} is not followed here`)
  const keys = developmentKeys()
  await claimPort(port, '--port')
  const mailbox = createMailbox()
  const signing = await readSigningKeys(workdir, config.auth.signingKeysPath, keys)
  const base = options.dataDir ? resolve(options.dataDir) : await mkdtemp(join(tmpdir(), 'tertulia-local-'))
  const ephemeral = options.ephemeral ?? options.dataDir === undefined
  await mkdir(base, { recursive: true })
  await chmod(base, 0o711)

  let failed = () => {}
  const failure = new Promise<void>((settle) => {
    failed = settle
  })
  const start = (dbPort: number) =>
    startServices({
      base,
      dbPort,
      ephemeral,
      config,
      keys,
      rest: options.rest ?? process.env.TERTULIA_LOCAL_REST ?? 'built-in',
      mailbox,
      signing,
      log,
      serverLog,
      onFailure: () => failed(),
    })
  const fill = async (url: string) => {
    if (migrate && config.db.migrationsEnabled) await applyMigrations({ url, workdir, log })
    await applyBuckets(url, config.storage.buckets)
    if (seed && config.db.seedEnabled) await applySeed({ url, workdir, log }, config.db.seedPaths)
    await services.ready()
  }

  let services: Services = await start(options.dbPort ?? 0)
  let gateway: Gateway | undefined
  let mailServer: MailServer | undefined
  const stop = async () => {
    // Together: the server is closed only once Realtime has let go of its sockets.
    await Promise.all([gateway?.close(), mailServer?.close(), services.stop()])
  }
  const reset = async () => {
    const { dbPort } = services
    await services.stop({ keep: true })
    await rm(join(base, 'db'), { recursive: true, force: true })
    await rm(join(base, 'storage'), { recursive: true, force: true })
    mailbox.clear()
    services = await start(dbPort)
    await fill(services.dbUrl)
  }
  try {
    await fill(services.dbUrl)
    gateway = await startGateway({
      port,
      id,
      routes: () => services.routes,
      signing,
      upgrade: (request, socket, head) => services.upgrade(request, socket, head),
      reset: { key: keys.secretKey, run: reset },
      log: serverLog,
    })
    mailServer = await startMailServer(mailbox, options.mailPort ?? 0)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    id,
    apiUrl: `http://127.0.0.1:${gateway.port}`,
    dbUrl: services.dbUrl,
    adminDbUrl: services.adminDbUrl,
    ...keys,
    mailUrl: `http://127.0.0.1:${mailServer.port}`,
    mails: (address) =>
      mailbox
        .list()
        .filter(({ to }) => to === address.toLowerCase())
        .reverse(),
    failed: failure,
    restartPostgres: () => services.restartPostgres(),
    reset,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
