import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'
import { copyCluster } from '../../local/test/support/cluster.ts'
import type { StackAddresses } from '../support/stack.ts'
import { memoryOf } from './memory.ts'

/** A stack whose data are forced to disk, and whose parts can be killed. */
export interface Backend extends StackAddresses {
  dataDir: string
  /** `kill -9` of PostgreSQL. */
  killPostgres(): Promise<void>
  startPostgres(): Promise<void>
  /** `kill -9` of the process with REST, Auth, Storage and Realtime, which takes PostgreSQL with it. */
  killStack(): Promise<void>
  startStack(): Promise<void>
  /** Moves the clock of that process. */
  shiftClock(ms: number): Promise<void>
  /** Resident bytes of that process, or null where the system does not say. */
  memory(): Promise<number | null>
  /** Runs something as the superuser. */
  ask<T>(run: (sql: postgres.Sql) => Promise<T>): Promise<T>
  /** Runs something as migrations run. */
  askAsOwner<T>(run: (sql: postgres.Sql) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export const program = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** Starts a stack on a copy of the cluster, or in the folder that is given. */
export async function openBackend(
  cluster: string,
  { folder, migrate = true }: { folder?: string; migrate?: boolean } = {},
): Promise<Backend> {
  const dataDir = await copyCluster(cluster, folder)
  const lock = join(dataDir, 'db', 'postmaster.pid')
  let child: ChildProcess
  const start = async (port = 0, dbPort = 0): Promise<StackAddresses> => {
    child = fork(program('stack-process.ts'), [dataDir, `${port}`, `${dbPort}`, `${migrate}`], {
      execArgv: [],
      // It complains of each connection that it lost.
      stdio: ['ignore', 'ignore', process.env.DEBUG ? 'inherit' : 'ignore', 'ipc'],
    })
    const [told] = await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => Promise.reject(new Error('the stack did not start'))),
    ])
    return told as StackAddresses
  }
  const addresses = await start()
  const asking =
    (url: string): Backend['ask'] =>
    async (run) => {
      const sql = postgres(url, { max: 1, onnotice: () => {} })
      try {
        return await run(sql)
      } finally {
        await sql.end()
      }
    }
  const tell = async (request: unknown) => {
    const done = once(child, 'message')
    child.send(request as string)
    await done
  }
  const portOf = (url: string) => Number(new URL(url).port)
  return {
    ...addresses,
    dataDir,
    async killPostgres() {
      const [pid] = (await readFile(lock, 'utf8')).split('\n')
      process.kill(Number(pid), 'SIGKILL')
    },
    async startPostgres() {
      await tell('restart')
    },
    async killStack() {
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
    async startStack() {
      // The watchdog still ends PostgreSQL.
      for (let tries = 0; ; tries++) {
        try {
          await start(portOf(addresses.apiUrl), portOf(addresses.dbUrl))
          return
        } catch (error) {
          if (tries === 20) throw error
          await new Promise((resolve) => setTimeout(resolve, 250))
        }
      }
    },
    shiftClock: (ms) => tell({ shiftClock: ms }),
    memory: () => memoryOf(child.pid ?? 0),
    ask: asking(addresses.adminDbUrl),
    askAsOwner: asking(addresses.dbUrl),
    async close() {
      const gone = once(child, 'exit')
      if (child.exitCode === null && child.signalCode === null) {
        child.send('stop')
        await gone
      }
      if (!folder) await rm(dataDir, { recursive: true, force: true })
    },
  }
}
