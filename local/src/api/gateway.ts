import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import { exchangeTokens, type SigningKeys } from '../signing-keys.ts'

export type Handler = (request: Request, peerAddress: string | null) => Promise<Response>
export type Route = [prefix: string, handler: Handler]

export interface GatewayOptions {
  port: number
  /** What `/health` answers. */
  id: string
  /** The first prefix that fits answers. Asked for each request: a reset replaces the services. */
  routes: () => Route[]
  signing: SigningKeys | undefined
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** `tertulia-local reset` on a stack that runs. */
  reset: { key: string; run: () => Promise<void> }
  log: (line: string) => void
}

export interface Gateway {
  port: number
  close(): Promise<void>
}

const EXPOSED =
  'content-range, content-location, preference-applied, link, x-total-count, x-supabase-api-version, sb-error-code'

/** One address for every service, on the loopback interface only. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const listener = getRequestListener(
    async (request, { incoming }) => {
      try {
        return withCors(await answer(request, incoming.socket.remoteAddress ?? null, options))
      } catch (error) {
        options.log(`${request.method} ${request.url}: ${error instanceof Error ? error.stack : error}`)
        return withCors(
          Response.json({ message: 'the local stack failed; its log says why' }, { status: 500 }),
        )
      }
    },
    { overrideGlobalObjects: false },
  )
  const server = createServer(listener)
  // As long as the platform's: a busy client may else use a connection that has just ended.
  server.keepAliveTimeout = 75_000
  server.on('upgrade', (request, socket, head) => {
    if (request.url?.startsWith('/realtime/v1/websocket')) options.upgrade(request, socket, head)
    else socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n')
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, '127.0.0.1', resolve)
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : options.port,
    close: () => closeServer(server),
  }
}

async function answer(
  request: Request,
  peerAddress: string | null,
  options: GatewayOptions,
): Promise<Response> {
  const { pathname } = new URL(request.url)
  if (request.method === 'OPTIONS') return preflight(request)
  if (!isDecodable(pathname)) return Response.json({ message: 'Bad Request' }, { status: 400 })
  if (pathname === '/health') return Response.json({ status: 'ok', id: options.id })
  if (pathname === '/tertulia-local/reset' && request.method === 'POST') return await reset(request, options)
  const route = options.routes().find(([prefix]) => pathname === prefix || pathname.startsWith(`${prefix}/`))
  if (!route) return Response.json({ message: 'no Route matched with those values' }, { status: 404 })
  const { signing } = options
  return await route[1](signing ? await exchangeTokens(request, signing) : request, peerAddress)
}

/** '/%zz' is no address of anything. */
function isDecodable(pathname: string): boolean {
  try {
    decodeURIComponent(pathname)
    return true
  } catch {
    return false
  }
}

async function reset(request: Request, { reset: { key, run } }: GatewayOptions): Promise<Response> {
  if (request.headers.get('apikey') !== key)
    return Response.json({ message: 'wants the secret key' }, { status: 401 })
  try {
    await run()
    return Response.json({ message: 'reset' })
  } catch (error) {
    const { message, hint } = error as Error & { hint?: string }
    return Response.json({ message, hint }, { status: 500 })
  }
}

function preflight(request: Request): Response {
  const headers = request.headers.get('access-control-request-headers') ?? '*'
  return new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
      'access-control-allow-headers': headers,
      'access-control-max-age': '3600',
    },
  })
}

function withCors(response: Response): Response {
  try {
    allowAll(response.headers)
    return response
  } catch {
    // What was fetched or redirects has headers that cannot change. A copy's body is a stream, which costs time.
    const { status, statusText } = response
    const copy = new Response(response.body, { status, statusText, headers: new Headers(response.headers) })
    allowAll(copy.headers)
    return copy
  }
}

function allowAll(headers: Headers): void {
  headers.set('access-control-allow-origin', '*')
  headers.set('access-control-expose-headers', EXPOSED)
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeAllConnections()
  await closed
}
