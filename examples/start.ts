import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readStackStatus, type StackStatus, stackCommand, repository as workdir } from './stack-status.ts'
import type { Host, Served } from './web/serve.ts'
import { accountPassword, accounts } from './web/src/accounts.ts'

// npm start [-- --host] [--port 54421 --db-port 54422 --ephemeral …]: what `tertulia-local start` does, and the demo on it.
// With --host, phones and other devices of the network can open the demo.

const log = (line: string) => console.log(line)

interface Backend {
  status: StackStatus
  /** Started before, by somebody else: it goes on when the demo ends. */
  found: boolean
  /** Settles when the stack ends by itself; never for one that was found. */
  ended: Promise<'ended'>
  stop(): Promise<void>
}

/** Starts the stack of this project, or finds the one that runs; null when it could not, and the command said why. */
async function startStack(args: string[], told: Promise<unknown>): Promise<Backend | null> {
  // Attached: also when this process is killed, the stack ends.
  const child = fork(stackCommand, ['start', '--attached', '--workdir', workdir, ...args])
  const ended = once(child, 'exit').then(() => 'ended' as const)
  const stop = async () => {
    // Ctrl-C reaches it too; asking once more in this way changes nothing for it.
    child.kill('SIGTERM')
    await ended
  }
  const ready = new Promise<'ready'>((resolve) => {
    child.on('message', (message: object) => 'ready' in message && resolve('ready'))
  })
  const outcome = await Promise.race([ready, ended, told])
  const status = outcome === 'ready' ? await readStackStatus() : null
  if (!status) {
    await stop()
    return null
  }
  // It has left at once: another one runs already.
  if (child.exitCode === 0) return bringUpToDate(status)
  return { status, found: false, ended, stop }
}

/** A stack that was started earlier, and perhaps without the seed. */
async function bringUpToDate(status: StackStatus): Promise<Backend> {
  const { applyMigrations, applySeed } = await import('../local/src/index.ts')
  await applyMigrations({ url: status.DB_URL, workdir, log })
  await applySeed({ url: status.DB_URL, workdir, log }, ['./seed.sql'])
  return { status, found: true, ended: new Promise(() => {}), stop: async () => {} }
}

/** Takes `--host`, or `--host <address>`, out of the arguments; the rest are for the stack. */
function splitHost(args: string[]): { host: Host | undefined; rest: string[] } {
  const at = args.findIndex((arg) => arg === '--host' || arg.startsWith('--host='))
  if (at < 0) return { host: undefined, rest: args }
  const [, inline] = args[at]!.split('=')
  const next = args[at + 1]
  const isNext = inline === undefined && next !== undefined && !next.startsWith('-')
  const host = inline ?? (isNext ? next : undefined)
  return { host: host || true, rest: args.toSpliced(at, isNext ? 2 : 1) }
}

/** Where the demo is, for this machine and for a phone. */
function describeAddresses({ url, networkUrls }: Served, host: Host | undefined): string {
  if (host === undefined) return `    Demo      ${url}\n    Phone     stop it and run: npm start -- --host`
  const phones = networkUrls.filter((address) => address !== url)
  if (phones.length === 0) return `    Demo      ${url}`
  return `    Demo      ${url}\n${phones.map((address) => `    Phone     ${address}`).join('\n')}`
}

function showWelcome(web: Served, host: Host | undefined, { status: { API_URL }, found }: Backend): void {
  log(`
  Tertulia runs.

${describeAddresses(web, host)}
    API       ${API_URL}
    Accounts  password "${accountPassword}"
${accounts.map(({ name, email }) => `              ${email.padEnd(20)} ${name}`).join('\n')}

  Open two windows and be a person in each. ${found ? 'Ctrl-C ends the demo; the stack ran before and goes on.' : 'Ctrl-C ends it all.'}
`)
}

/** Settles at the first Ctrl-C, kill or closed terminal. */
function signalled(): Promise<'told'> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve('told'))
  })
}

async function main(): Promise<number> {
  const told = signalled()
  const { host, rest } = splitHost(process.argv.slice(2))
  const starting = startStack(rest, told)
  // Vite loads while the stack starts.
  const { serveSources } = await import('./web/serve.ts')
  const stack = await starting
  if (!stack) return 1
  try {
    const { API_URL, PUBLISHABLE_KEY } = stack.status
    const web = await serveSources({ apiUrl: API_URL, publishableKey: PUBLISHABLE_KEY }, host)
    showWelcome(web, host, stack)
    const outcome = await Promise.race([told, stack.ended])
    await web.close()
    if (outcome === 'told') return 0
    console.error('The stack has ended; its log is .tertulia-local/stack.log')
    return 1
  } finally {
    await stack.stop()
  }
}

process.exitCode = await main()
