import { createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { reachableFolder } from '../postgres/account.ts'
import { readConfig } from '../project/config.ts'
import { type Stack, startStack } from '../stack.ts'
import { stackError } from '../stack-error.ts'
import { dropState, type RunningState, saveState, takeProject } from './state.ts'
import { formatStatus } from './status.ts'

export interface StartOptions {
  workdir: string
  port?: number
  dbPort?: number
  mailPort?: number
  rest?: string
  dataDir?: string
  ephemeral?: boolean
  seed: boolean
  /** Started by a program that it must not outlive. */
  attached?: boolean
}

export type Say = (line: string) => void

/** `tertulia-local start`: runs until it is told to stop; the returned promise settles then, with the exit code. */
export async function start(options: StartOptions, say: Say, onReady: () => void): Promise<number> {
  const { workdir } = options
  await checkWorkdir(workdir)
  const other = await takeProject(workdir)
  if (other) {
    say('The stack of this project is already running.')
    say(formatStatus(other, 'pretty'))
    onReady()
    return 0
  }
  const told = options.attached ? Promise.race([signalled(), abandoned()]) : signalled()
  try {
    return await run(options, say, onReady, told)
  } finally {
    await dropState(workdir)
  }
}

async function run(
  options: StartOptions,
  say: Say,
  onReady: () => void,
  told: Promise<string>,
): Promise<number> {
  const { workdir, ephemeral = false, seed } = options
  const begun = performance.now()
  const config = await readConfig(workdir)
  const file = createWriteStream(join(workdir, '.tertulia-local', 'stack.log'), { flags: 'w' })
  let full = false
  const serverLog: Say = (line) => {
    file.write(`${line}\n`)
    if (full || !/no space left on device/i.test(line)) return
    full = true
    say('The disk is full: writing fails until there is room again.')
  }
  // A log that cannot be written must not end the stack.
  file.on('error', () => undefined)
  const log: Say = (line) => {
    serverLog(line)
    say(line)
  }
  const home = join(workdir, '.tertulia-local', 'data')
  const dataDir = ephemeral ? undefined : (options.dataDir ?? reachableFolder(home, log))
  const stack = await startStack({
    workdir,
    port: options.port ?? config.api.port,
    dbPort: options.dbPort ?? config.db.port,
    mailPort: options.mailPort ?? config.mail.port,
    rest: options.rest,
    dataDir,
    seed,
    log,
    serverLog,
  })
  const state: RunningState = { pid: process.pid, stack: pick(stack) }
  await saveState(workdir, state)
  say(formatStatus(state, 'pretty'))
  say(
    `Ready in ${((performance.now() - begun) / 1000).toFixed(1)} s; ${dataDir ? `data in ${dataDir}` : 'the data go when it stops'}.`,
  )
  onReady()
  const reason = await Promise.race([told, stack.failed.then(() => undefined)])
  if (reason) say('Stopping.')
  await stack.stop()
  file.end()
  if (reason) return 0
  throw stackError('server_failed', 'PostgreSQL ended and the stack with it', {
    hint: `its log is ${file.path}; the data are kept, start again`,
  })
}

function pick(stack: Stack): RunningState['stack'] {
  const { id, apiUrl, dbUrl, mailUrl, publishableKey, secretKey, jwtSecret, anonKey, serviceRoleKey } = stack
  return { id, apiUrl, dbUrl, mailUrl, publishableKey, secretKey, jwtSecret, anonKey, serviceRoleKey }
}

/** Ctrl-C, kill, a closed terminal: the first is obeyed in order, the second at once (the watchdog ends PostgreSQL). */
function signalled(): Promise<string> {
  return new Promise((resolve) => {
    let told = false
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
      process.on(signal, () => {
        if (told && signal === 'SIGINT') process.exit(130)
        told = true
        resolve(signal)
      })
    }
  })
}

/** Settles when the program that started this one is gone, however it ended. */
function abandoned(): Promise<string> {
  return new Promise((resolve) => {
    if (process.connected) process.once('disconnect', () => resolve('disconnect'))
  })
}

async function checkWorkdir(workdir: string): Promise<void> {
  const found = await stat(workdir).catch(() => undefined)
  if (found?.isDirectory()) return
  throw stackError('workdir_invalid', `unable to start; ${workdir} is no directory`, {
    hint: 'name the folder that holds supabase/ with --workdir',
  })
}
