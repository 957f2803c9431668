import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import type { Handler, Route } from './api/gateway.ts'
import { type Postgrest, startPostgrest } from './api/postgrest.ts'
import { type Auth, createAuth } from './auth/index.ts'
import { type Lite, startLite } from './auth/lite.ts'
import type { Keys } from './keys.ts'
import type { Mailbox } from './mail/mailbox.ts'
import { type PostgresServer, startPostgres } from './postgres/index.ts'
import type { StackConfig } from './project/config.ts'
import { createRealtime, type Realtime } from './realtime/index.ts'
import { type Rest, startRest } from './rest/index.ts'
import type { SigningKeys } from './signing-keys.ts'
import { createStorage, type Storage } from './storage/index.ts'

export interface ServicesOptions {
  /** Holds `db/` and `storage/`. */
  base: string
  dbPort: number
  ephemeral: boolean
  config: StackConfig
  keys: Keys
  /** `built-in`, or the program of PostgREST. */
  rest: string
  mailbox: Mailbox
  signing: SigningKeys | undefined
  log: (line: string) => void
  serverLog: (line: string) => void
  /** PostgreSQL ended without having been asked to. */
  onFailure: () => void
}

export interface Services {
  dbPort: number
  dbUrl: string
  adminDbUrl: string
  routes: Route[]
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  restartPostgres(): Promise<void>
  /** Starts what reads the project's schema as it starts: PostgREST, where it is asked for. */
  ready(): Promise<void>
  /** `keep` leaves the folder of an ephemeral stack in place, to be filled again. */
  stop(options?: { keep?: boolean }): Promise<void>
}

/** PostgreSQL and what answers on top of it. */
export async function startServices(options: ServicesOptions): Promise<Services> {
  const { base, config, keys, mailbox, signing, log, serverLog, onFailure } = options
  const dataDir = join(base, 'db')
  const removeAfter = options.ephemeral ? base : undefined
  const { exposeNewTables } = config.api
  const launch = (port: number) =>
    startPostgres({ dataDir, port, removeAfter, exposeNewTables, log, serverLog })

  let database: PostgresServer
  let wanted = true
  const watch = (server: PostgresServer) => {
    server.exited.then(() => {
      if (wanted && server === database) onFailure()
    })
    return server
  }
  database = watch(await launch(options.dbPort))
  const { url: dbUrl, adminUrl: adminDbUrl, port: dbPort } = database
  const urlAs = (role: string) => dbUrl.replace('//postgres:', `//${role}:`)
  const isBuiltIn = options.rest === 'built-in'
  let lite: Lite | undefined
  let rest: Rest | undefined
  let auth: Auth | undefined
  let storage: Storage | undefined
  let realtime: Realtime | undefined
  let postgrest: Postgrest | undefined
  const stop = async ({ keep = false } = {}) => {
    wanted = false
    await Promise.all([postgrest, rest, realtime, auth, storage, lite].map((service) => service?.close()))
    await (keep ? database.crash() : database.stop())
  }
  try {
    const authUrl = urlAs('supabase_auth_admin')
    lite = startLite(authUrl, config, keys)
    auth = createAuth({ url: authUrl, keys, config, mailbox, signing, lite: lite.fetch })
    if (isBuiltIn) rest = await startRest({ urlAs, config, keys })
    storage = await createStorage({
      url: urlAs('supabase_storage_admin'),
      folder: join(base, 'storage'),
      keys,
      fileSizeLimit: config.storage.fileSizeLimit,
      log: serverLog,
    })
    realtime = await createRealtime({
      adminUrl: adminDbUrl,
      ...keys,
      exchange: signing?.exchange,
      log: serverLog,
    })
  } catch (error) {
    await stop()
    throw error
  }
  const answerRest: Handler = async (request) =>
    (rest ?? postgrest)?.fetch(request) ??
    Response.json({ message: 'PostgREST is starting' }, { status: 503 })
  return {
    dbPort,
    dbUrl,
    adminDbUrl,
    routes: [
      ['/rest/v1', answerRest],
      ['/auth/v1', auth.fetch],
      ['/storage/v1', storage.fetch],
      ['/realtime/v1/api', realtime.fetch],
    ],
    upgrade: realtime.handleUpgrade,
    restartPostgres: async () => {
      wanted = false
      await database.crash()
      database = watch(await launch(dbPort))
      wanted = true
    },
    ready: async () => {
      if (rest) return await rest.reloadSchema()
      postgrest = await startPostgrest({
        program: options.rest,
        url: urlAs('authenticator'),
        config,
        keys,
        log: serverLog,
      })
    },
    stop,
  }
}
