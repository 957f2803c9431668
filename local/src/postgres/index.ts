import { rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { claimPort } from '../ports.ts'
import { serverAccount } from './account.ts'
import { findBinaries } from './binaries.ts'
import { bootstrap } from './bootstrap.ts'
import { ADMIN, ensureCluster, PASSWORD } from './cluster.ts'
import { launchServer, stopServer } from './server.ts'

export interface PostgresOptions {
  /** Where the data live; made when it is not there. */
  dataDir: string
  /** 0 takes a free one. */
  port: number
  /** For data that nobody keeps: a directory that goes at the end, also when this process is killed. */
  removeAfter?: string
  /** New tables in `public` are granted to the roles of the API, as in a classic project. Default: true. */
  exposeNewTables?: boolean
  /** What the caller may want to tell its user. */
  log?: (line: string) => void
  /** What the server itself writes. */
  serverLog?: (line: string) => void
}

export interface PostgresServer {
  /** As `supabase_admin`, the superuser. */
  adminUrl: string
  /** As `postgres`, which is what migrations run as: no superuser, as on the platform. */
  url: string
  port: number
  pid: number
  /** Settles when the server has ended, whoever ended it. */
  exited: Promise<void>
  stop(): Promise<void>
  /** Ends the server at once, as a crash would; also a temporary one keeps its data. */
  crash(): Promise<void>
}

/** Starts PostgreSQL 17 with the roles and system schemas of a Supabase project; nothing of it outlives this process. */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  try {
    return await start(options)
  } catch (error) {
    if (options.removeAfter) await rm(options.removeAfter, { recursive: true, force: true })
    throw error
  }
}

async function start(options: PostgresOptions): Promise<PostgresServer> {
  const { removeAfter, log = () => undefined, serverLog = () => undefined } = options
  const dataDir = resolve(options.dataDir)
  const account = serverAccount()
  const binaries = await findBinaries(account, log)
  // Before the data are made, so that a taken port leaves nothing; the free one is chosen as late as can be.
  if (options.port !== 0) await claimPort(options.port, '--db-port')
  await ensureCluster(dataDir, account, binaries)
  const port = await claimPort(options.port, '--db-port')
  const server = await launchServer({ dataDir, port, removeAfter, log: serverLog }, account, binaries)
  const exited = new Promise<void>((ended) => {
    if (server.exitCode !== null || server.signalCode !== null) ended()
    else server.once('exit', () => ended())
  })
  const as = (user: string) => `postgresql://${user}:${PASSWORD}@127.0.0.1:${port}/postgres`
  try {
    await bootstrap(as(ADMIN), dataDir, options.exposeNewTables)
  } catch (error) {
    await stopServer(server)
    throw error
  }
  return {
    adminUrl: as(ADMIN),
    url: as('postgres'),
    port,
    pid: Number(server.pid),
    exited,
    crash: () => stopServer(server, true),
    stop: async () => {
      await stopServer(server)
      if (removeAfter) await rm(removeAfter, { recursive: true, force: true })
    },
  }
}
