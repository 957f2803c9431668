import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { Socket } from 'node:net'
import { join, parse } from 'node:path'
import type { Readable } from 'node:stream'
import { isAlive } from '../processes.ts'
import { stackError } from '../stack-error.ts'
import type { Account } from './account.ts'
import type { Binaries } from './binaries.ts'
import { startWatchdog } from './watchdog.ts'

export interface ServerOptions {
  dataDir: string
  port: number
  /** For data that nobody keeps: a directory that goes at the end. They are not forced to disk. */
  removeAfter?: string
  log: (line: string) => void
}

type Server = ChildProcessByStdio<null, null, Readable>

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  wal_level: 'logical',
  shared_preload_libraries: 'pg_stat_statements',
  max_connections: '200',
  max_wal_senders: '16',
  max_replication_slots: '16',
  timezone: 'UTC',
  log_timezone: 'UTC',
  lc_messages: 'C',
}

/** Starts the server and waits until it takes connections. */
export async function launchServer(
  options: ServerOptions,
  account: Account,
  { postgres }: Binaries,
): Promise<Server> {
  await clearStaleLock(options.dataDir)
  const deadline = Date.now() + 15_000
  for (;;) {
    const { server, complaint } = await launchOnce(options, account, postgres)
    if (server) return server
    // The children of a server that was killed need a moment to notice and to let go of the shared memory.
    const lingering = complaint.includes('pre-existing shared memory block')
    if (!lingering || Date.now() > deadline) {
      const reason =
        complaint.match(/(?:FATAL|PANIC): +(.*)/)?.[1] ?? (complaint.trim() || 'it ended at once')
      throw stackError('server_failed', `unable to start PostgreSQL on port ${options.port}; ${reason}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

async function launchOnce(
  { dataDir, port, removeAfter, log }: ServerOptions,
  { uid, gid }: Account,
  postgres: string,
): Promise<{ server?: Server; complaint: string }> {
  const settings = removeAfter ? { ...SETTINGS, fsync: 'off', full_page_writes: 'off' } : SETTINGS
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const server = spawn(postgres, ['-D', dataDir, '-p', String(port), ...flags], {
    uid,
    gid,
    cwd: parse(dataDir).root,
    // A group of its own: Ctrl-C reaches this process first, which then stops the server in order.
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const watchdog = server.pid === undefined ? undefined : startWatchdog(server.pid, dataDir, removeAfter)
  server.once('exit', () => watchdog?.dismiss())
  server.stderr.setEncoding('utf8')
  return await new Promise((resolve) => {
    let complaint = ''
    let ready = false
    server.stderr.on('data', (chunk: string) => {
      for (const line of chunk.trimEnd().split('\n')) log(line)
      if (ready) return
      complaint += chunk
      ready = complaint.includes('database system is ready to accept connections')
      if (!ready) return
      // From here on it does not keep this process alive; when that ends, the watchdog ends the server.
      server.unref()
      if (server.stderr instanceof Socket) server.stderr.unref()
      resolve({ server, complaint: '' })
    })
    server.once('error', (error) => resolve({ complaint: error.message }))
    server.once('close', () => resolve({ complaint }))
  })
}

/** A lock whose process is gone, or is by now another program, is removed; a server that still runs is an error. */
async function clearStaleLock(dataDir: string): Promise<void> {
  const lock = join(dataDir, 'postmaster.pid')
  const [line = '', , , port] = (await readFile(lock, 'utf8').catch(() => '')).split('\n')
  const pid = Number(line)
  if (!pid) return
  if (!isPostgres(pid)) return await rm(lock, { force: true })
  throw stackError(
    'data_dir_in_use',
    `unable to use ${dataDir}; a PostgreSQL server (process ${pid}) already runs there on port ${port}`,
    {
      hint: `stop it first: tertulia-local stop, or kill ${pid}`,
    },
  )
}

function isPostgres(pid: number): boolean {
  if (!isAlive(pid)) return false
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('postgres')
  } catch {
    // No /proc here: a living process with that number has to be taken for the server.
    return process.platform !== 'linux'
  }
}

/** Ends the server in order: sessions are cut, data are on disk. Or at once, as a crash would, to be recovered from. */
export async function stopServer(server: Server, atOnce = false): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const ended = new Promise((resolve) => server.once('exit', resolve))
  server.ref()
  server.kill(atOnce ? 'SIGQUIT' : 'SIGINT')
  const impatience = setTimeout(() => server.kill('SIGQUIT'), 10_000)
  await ended
  clearTimeout(impatience)
}
