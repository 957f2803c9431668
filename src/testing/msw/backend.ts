import { HttpResponse, http, ws } from 'msw'
import { answerAuth, readToken, sessionOf } from './auth.ts'
import type { FakeBackend, FakeBackendOptions, FakeFailure, FakeHandler } from './fake-backend.ts'
import { answerStorage } from './files.ts'
import { findingCalls } from './find-songs.ts'
import { type Fixtures, load, readable } from './fixtures.ts'
import { groupCalls } from './groups.ts'
import { inboxCalls } from './inbox.ts'
import { keepingCalls } from './keep-songs.ts'
import { linkCalls } from './links.ts'
import { messageCalls } from './messages.ts'
import { forVisitors, operations } from './operations.ts'
import { newProfile, profileCalls } from './profiles.ts'
import { readingCalls } from './read-messages.ts'
import { createRealtime, type Realtime } from './realtime.ts'
import { Refusal } from './refusal.ts'
import type { Args } from './rows.ts'
import { shareCalls } from './shares.ts'
import { songCalls } from './songs.ts'
import { transferCalls } from './transfers.ts'
import { type Account, type Call, createWorld, type World } from './world.ts'

const calls: Record<string, Call> = {
  ...profileCalls,
  ...messageCalls,
  ...readingCalls,
  ...inboxCalls,
  ...groupCalls,
  ...songCalls,
  ...keepingCalls,
  ...findingCalls,
  ...shareCalls,
  ...linkCalls,
  ...transferCalls,
}

const postgrest = (status: number, code: string, message: string) =>
  Response.json({ code, message, details: null, hint: null }, { status })

function visitor(world: World): Account {
  const none = { follows: new Map(), blocks: new Map(), favorites: new Map(), notices: [] }
  return { id: '', email: '', password: '', profile: newProfile(world, '', ''), ...none }
}

async function readArgs(request: Request): Promise<Args> {
  if (request.method === 'POST') return request.json().catch(() => ({}))
  return Object.fromEntries(new URL(request.url).searchParams)
}

/**
 * Creates a project in memory for tests without a backend: it signs users in, keeps what they do, and delivers live events. Its rules are
 * those of the database for the operations that docs/testing.md lists. Search is by prefixes of words, and nothing is rate-limited.
 *
 * @param fixtures - What it begins with; nothing by default.
 * @param options - `url` of the project, when the test talks to other servers too.
 * @throws `Error` for fixtures that the rules refuse.
 * @example
 * ```ts
 * import { setupServer } from 'msw/node'
 *
 * const backend = createFakeBackend(fixtures)
 * const server = setupServer(...backend.handlers)
 * server.listen()
 * ```
 */
export function createFakeBackend(fixtures: Fixtures = {}, options: FakeBackendOptions = {}): FakeBackend {
  const answers = new Map<string, Parameters<FakeBackend['answer']>[1]>()
  const failures = new Map<string, FakeFailure>()
  let world: World
  let realtime: Realtime

  function reset(begin: Fixtures): void {
    failures.clear()
    realtime?.cut()
    world = createWorld((userId, event, payload) => {
      // After the answer of the call, as a message that the database wrote arrives.
      const told = realtime
      const copy = structuredClone(payload)
      setTimeout(() => told?.broadcast(`user:${userId}`, event, copy), 0)
    })
    realtime = createRealtime(world)
    try {
      load(world, begin)
    } catch (error) {
      throw readable(error)
    }
  }
  reset(fixtures)

  function failureOf(name: string): FakeFailure | undefined {
    const failure = failures.get(name)
    if (failure?.times !== undefined && --failure.times <= 0) failures.delete(name)
    return failure
  }

  async function callFunction(name: string, request: Request): Promise<Response> {
    const failure = failureOf(name)
    if (failure?.code === 'unreachable') return HttpResponse.error()
    if (failure?.code === 'unavailable')
      return Response.json({ message: 'Service Unavailable' }, { status: 503 })
    const userId = readToken(request.headers.get('authorization'))
    if (userId === 'expired') return postgrest(401, 'PGRST303', 'JWT expired')
    const custom = answers.get(name)
    const call = calls[name]
    const me = userId ? world.accounts.get(userId) : undefined
    if (!custom && call && !me && !forVisitors.includes(name)) {
      return postgrest(401, '42501', `permission denied for function ${name}`)
    }
    try {
      if (failure) {
        const { code, retryAfterMs, field } = failure
        throw new Refusal(code, `unable to call ${name}; the test lets it fail`, { retryAfterMs, field })
      }
      const args = await readArgs(request)
      if (!custom && !call) {
        const message = `the fake backend does not answer ${name}; add it with backend.answer('${name}', …)`
        return postgrest(404, 'PGRST202', message)
      }
      const data = custom ? custom(args, me?.id ?? null) : call?.(world, me ?? visitor(world), args)
      return data === undefined ? new Response(null, { status: 204 }) : Response.json(data)
    } catch (error) {
      if (error instanceof Refusal) return Response.json(error.body(), { status: 400 })
      throw error
    }
  }

  const base = (options.url ?? '*').replace(/\/$/, '')
  const link = ws.link(`${base.replace(/^http/, 'ws')}/realtime/v1/websocket`)
  const pathOf = (request: Request, root: string) => new URL(request.url).pathname.split(root)[1] ?? ''
  const handlers: FakeHandler[] = [
    http.all(`${base}/rest/v1/rpc/:name`, ({ request, params }) =>
      callFunction(String(params.name), request),
    ),
    http.all(`${base}/auth/v1/*`, ({ request }) => answerAuth(world, pathOf(request, '/auth/v1/'), request)),
    http.all(`${base}/storage/v1/*`, ({ request }) =>
      answerStorage(world, pathOf(request, '/storage/v1/'), request),
    ),
    link.addEventListener('connection', ({ client }) => {
      const connection = realtime.connect((text) => client.send(text))
      client.addEventListener('message', ({ data }) => connection.receive(data as string | ArrayBuffer))
      client.addEventListener('close', () => connection.close())
    }),
  ]

  return {
    handlers,
    fail(operation, failure) {
      const names = operations[operation]
      if (!names) throw new Error(`unable to let ${operation} fail; the fake backend does not answer it`)
      for (const name of names)
        failures.set(name, typeof failure === 'string' ? { code: failure } : { ...failure })
    },
    recover: () => failures.clear(),
    answer: (name, answer) => void answers.set(name, answer),
    session(handle) {
      const account = [...world.accounts.values()].find(({ profile }) => profile.handle === handle)
      if (!account) throw new Error(`unable to make a session; there is no user ${handle}`)
      return sessionOf(account)
    },
    cut: () => realtime.cut(),
    reset: (begin = fixtures) => reset(begin),
  }
}

/**
 * The handlers of a fake backend alone: `createFakeBackend(fixtures, options).handlers`.
 *
 * @param fixtures - What it begins with; nothing by default.
 * @param options - `url` of the project, when the test talks to other servers too.
 * @throws `Error` for fixtures that the rules refuse.
 * @example
 * ```ts
 * import { setupServer } from 'msw/node'
 *
 * const server = setupServer(...handlers(fixtures))
 * server.listen()
 * ```
 */
export function handlers(fixtures?: Fixtures, options?: FakeBackendOptions): FakeHandler[] {
  return createFakeBackend(fixtures, options).handlers
}
