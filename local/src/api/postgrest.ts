import { spawn } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { delimiter, isAbsolute, join, resolve } from 'node:path'
import { type Keys, roleOfKey } from '../keys.ts'
import { claimPort } from '../ports.ts'
import { startWatchdog } from '../postgres/watchdog.ts'
import type { StackConfig } from '../project/config.ts'
import { stackError } from '../stack-error.ts'

export interface Postgrest {
  /** Answers `/rest/v1`. */
  fetch(request: Request): Promise<Response>
  close(): Promise<void>
}

export interface PostgrestOptions {
  /** A path, or a name that is looked for on the PATH. */
  program: string
  /** As `authenticator`. */
  url: string
  config: StackConfig
  keys: Keys
  log: (line: string) => void
}

/** Starts the real PostgREST with the platform's settings, and waits until it knows the schema. */
export async function startPostgrest(options: PostgrestOptions): Promise<Postgrest> {
  const { keys, log } = options
  const program = await findProgram(options.program)
  const [port, adminPort] = await Promise.all([claimPort(0, '--rest'), claimPort(0, '--rest')])
  const child = spawn(program, {
    env: { ...process.env, ...settings(options, port, adminPort) },
    // A group of its own: Ctrl-C reaches this process first, which then ends it.
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const watchdog = child.pid === undefined ? undefined : startWatchdog(child.pid, '')
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = `${said}${text}`.slice(-2000)
      for (const line of text.trimEnd().split('\n')) log(`postgrest: ${line}`)
    })
  }
  let ended = false
  const exited = new Promise<void>((done) => {
    const end = () => {
      ended = true
      watchdog?.dismiss()
      done()
    }
    child.once('exit', end)
    child.once('error', end)
  })
  const close = async () => {
    if (!ended) child.kill('SIGTERM')
    const impatience = setTimeout(() => child.kill('SIGKILL'), 5_000)
    await exited
    clearTimeout(impatience)
  }
  const deadline = Date.now() + 30_000
  while (!(await isReady(adminPort))) {
    if (ended || Date.now() > deadline) {
      await close()
      throw stackError(
        'server_failed',
        `unable to start ${program}; ${said.trim() || 'it does not get ready'}`,
      )
    }
    await new Promise((wait) => setTimeout(wait, 25))
  }
  return { fetch: (request) => forward(request, `http://127.0.0.1:${port}`, keys), close }
}

/** What the Supabase CLI gives its PostgREST. */
function settings({ url, config, keys }: PostgrestOptions, port: number, adminPort: number) {
  const { schemas, extraSearchPath, maxRows } = config.api
  return {
    PGRST_DB_URI: url,
    PGRST_DB_SCHEMAS: schemas.join(','),
    PGRST_DB_EXTRA_SEARCH_PATH: extraSearchPath.join(','),
    PGRST_DB_MAX_ROWS: String(maxRows),
    PGRST_DB_ANON_ROLE: 'anon',
    PGRST_DB_POOL: '10',
    PGRST_JWT_SECRET: keys.jwtSecret,
    PGRST_SERVER_HOST: '127.0.0.1',
    PGRST_SERVER_PORT: String(port),
    PGRST_ADMIN_SERVER_PORT: String(adminPort),
  }
}

async function findProgram(program: string): Promise<string> {
  const isPath = program.includes('/') || program.includes('\\') || isAbsolute(program)
  const places = isPath
    ? [resolve(program)]
    : (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, program))
  for (const place of places) {
    const found = await access(place, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (found) return place
  }
  throw stackError(
    'server_failed',
    `unable to find ${program}; ${isPath ? 'it cannot be run' : 'it is not on the PATH'}`,
    {
      hint: 'install PostgREST (https://docs.postgrest.org), name its path with --rest, or start without --rest',
    },
  )
}

async function isReady(adminPort: number): Promise<boolean> {
  return await fetch(`http://127.0.0.1:${adminPort}/ready`).then(
    ({ ok }) => ok,
    () => false,
  )
}

const HOP_BY_HOP = [
  'connection',
  'content-length',
  'host',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'expect',
]

/** As the platform's gateway: a key is checked, and exchanged for the token of its role. */
async function forward(request: Request, base: string, keys: Keys): Promise<Response> {
  const url = new URL(request.url)
  const headers = new Headers(request.headers)
  const bearer = /^Bearer\s+(\S+)$/i.exec(headers.get('authorization') ?? '')?.[1]
  const key = headers.get('apikey') ?? url.searchParams.get('apikey')
  // A request without a key is let through, as by the gateway of the Supabase CLI.
  const role = key ? roleOfKey(key, keys) : 'anon'
  if (key && !role && !key.includes('.'))
    return refused('Invalid API key', 'Double check your Supabase `anon` or `service_role` API key.')
  const meant = bearer === undefined ? role : roleOfKey(bearer, keys)
  if (meant) headers.set('authorization', `Bearer ${meant === 'anon' ? keys.anonKey : keys.serviceRoleKey}`)
  else if (bearer === undefined && key) headers.set('authorization', `Bearer ${key}`)
  for (const name of HOP_BY_HOP) headers.delete(name)
  url.searchParams.delete('apikey')
  const path = url.pathname.slice('/rest/v1'.length) || '/'
  const hasBody = request.method !== 'GET' && request.method !== 'HEAD'
  const init = { method: request.method, headers, body: hasBody ? request.body : null, duplex: 'half' }
  const answer = await fetch(`${base}${path}${url.search}`, init as RequestInit)
  const answered = new Headers(answer.headers)
  // What fetch unpacked is no longer packed.
  for (const name of ['content-encoding', 'content-length', 'transfer-encoding', 'connection', 'keep-alive'])
    answered.delete(name)
  return new Response(request.method === 'HEAD' ? null : answer.body, {
    status: answer.status,
    headers: answered,
  })
}

function refused(message: string, hint: string): Response {
  return Response.json({ message, hint }, { status: 401 })
}
