import { execFile, spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** An example in a copy of its own, with its packages. */
export interface Copy {
  folder: string
  /** Runs one of the example's programs; answers what it printed. */
  run(program: string, args: string[], env?: Record<string, string>): Promise<string>
  /** Starts a server of the example on a free port; answers its URL once it answers. */
  serve(program: string, args: (port: number) => string[], env?: Record<string, string>): Promise<string>
}

/** Without what npm tells the scripts that it runs: it is about this repository. */
const environment = (folder: string, env: Record<string, string> = {}) => ({
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_(?!config_)|NODE_OPTIONS$)/i.test(name)),
  ),
  PATH: `${join(folder, 'node_modules', '.bin')}:${process.env.PATH}`,
  CI: '1',
  NEXT_TELEMETRY_DISABLED: '1',
  EXPO_NO_TELEMETRY: '1',
  ...env,
})

async function execute(folder: string, program: string, args: string[], env?: Record<string, string>) {
  try {
    const options = {
      cwd: folder,
      env: environment(folder, env),
      maxBuffer: 64 * 1024 * 1024,
      timeout: 900_000,
    }
    const { stdout, stderr } = await run(program, args, options)
    return stdout + stderr
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as Error & { stdout?: string; stderr?: string }
    throw new Error(`${program} ${args.join(' ')}\n${`${stdout}${stderr}`.trim() || message}`, {
      cause: error,
    })
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as { port: number }
  await new Promise((done) => server.close(done))
  return port
}

/** Copies an example beside the packed package, as its package.json names it, runs `use`, and removes the copy. */
export async function withCopy<T>(name: string, use: (copy: Copy) => Promise<T>): Promise<T> {
  const root = await mkdtemp(join(tmpdir(), 'tertulia-example-'))
  const folder = join(root, 'examples', name)
  const ends: (() => Promise<void>)[] = []
  try {
    const isOurs = (path: string) =>
      !/\/(node_modules|\.next|\.expo|dist)(\/|$)/.test(path.slice(resolve('examples').length))
    await cp(resolve('examples', name), folder, { recursive: true, filter: isOurs })
    await mkdir(join(root, '.packed'))
    await cp('.packed/tertulia.tgz', join(root, '.packed/tertulia.tgz'))
    return await use({
      folder,
      run: (program, args, env) => execute(folder, program, args, env),
      async serve(program, args, env) {
        const port = await freePort()
        // A group of its own: what it starts ends with it.
        const child = spawn(program, args(port), {
          cwd: folder,
          env: environment(folder, env),
          detached: true,
        })
        let said = ''
        for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text))
        const ended = new Promise<void>((done) => child.on('close', () => done()))
        ends.push(async () => {
          if (child.exitCode === null && child.pid) process.kill(-child.pid, 'SIGKILL')
          await ended
        })
        const url = `http://127.0.0.1:${port}`
        for (let attempt = 0; attempt < 600 && child.exitCode === null; attempt++) {
          if (await fetch(url).then(Boolean, () => false)) return url
          await new Promise((done) => setTimeout(done, 200))
        }
        throw new Error(`${program} does not answer\n${said}`)
      },
    })
  } finally {
    for (const end of ends) await end()
    await rm(root, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** Writes the lock file of an example: without addresses of a registry, and without the hash of a package that is packed anew. */
export async function writeLock(name: string): Promise<void> {
  await withCopy(name, async ({ folder, run }) => {
    await rm(join(folder, 'package-lock.json'), { force: true })
    await run('npm', [
      'install',
      '--package-lock-only',
      '--omit-lockfile-registry-resolved',
      '--no-audit',
      '--no-fund',
    ])
    const lock = JSON.parse(await readFile(join(folder, 'package-lock.json'), 'utf8'))
    delete lock.packages['node_modules/tertulia'].integrity
    await writeFile(resolve('examples', name, 'package-lock.json'), `${JSON.stringify(lock, null, 2)}\n`)
  })
}
