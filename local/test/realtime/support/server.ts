import { rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { RealtimeClient, type RealtimeClientOptions } from '@supabase/supabase-js'
import { SignJWT } from 'jose'
import pg from 'pg'
import { inject } from 'vitest'
import { startPostgres } from '../../../src/postgres/index.ts'
import { createRealtime, type Realtime, type RealtimeLimits } from '../../../src/realtime/index.ts'
import { copyCluster } from '../../support/cluster.ts'

const jwtSecret = 'a-secret-that-only-these-tests-know-0123456789'
export const publishableKey = 'sb_publishable_of_the_tests'
export const secretKey = 'sb_secret_of_the_tests'

export interface TestServer {
  adminUrl: string
  /** As the superuser. */
  sql: pg.Pool
  realtime: Realtime
  url: string
  httpUrl: string
  logs: string[]
  client(options?: ClientOptions): RealtimeClient
  /** Ends every client so far: they would connect again by themselves. */
  releaseClients(): Promise<void>
  /** Stops it in order, or kills it as a crash would, and starts it again on the same data and port. */
  restartPostgres(how: 'stop' | 'crash', meanwhile?: () => Promise<void>): Promise<void>
  restartRealtime(limits?: Partial<RealtimeLimits>): Promise<void>
  close(): Promise<void>
}

interface ClientOptions extends Omit<RealtimeClientOptions, 'params'> {
  apikey?: string
  token?: string
}

/** PostgreSQL and the server on free ports, with the policies that the tests speak of. */
export async function startServer(limits: Partial<RealtimeLimits> = {}): Promise<TestServer> {
  const root = await copyCluster(inject('cluster'))
  const dataDir = join(root, 'db')
  let postgres = await startPostgres({ dataDir, port: 0 })
  const { adminUrl } = postgres
  const sql = new pg.Pool({ connectionString: adminUrl, max: 20 })
  sql.on('error', () => {})
  await sql.query(policies)

  const logs: string[] = []
  const start = (some: Partial<RealtimeLimits>) =>
    createRealtime({
      adminUrl,
      jwtSecret,
      publishableKey,
      secretKey,
      limits: some,
      log: (line) => logs.push(line),
    })
  let realtime = await start(limits)
  const http = await listen(() => realtime)
  const address = `127.0.0.1:${(http.address() as AddressInfo).port}/realtime/v1`
  const clients = new Set<RealtimeClient>()
  const releaseClients = async () => {
    await Promise.all([...clients].map((client) => client.removeAllChannels()))
    clients.clear()
  }

  return {
    adminUrl,
    sql,
    get realtime() {
      return realtime
    },
    url: `ws://${address}`,
    httpUrl: `http://${address}`,
    logs,
    client: ({ apikey = publishableKey, token, ...options } = {}) => {
      const client = new RealtimeClient(`ws://${address}`, {
        ...options,
        params: { apikey },
        ...(token ? { accessToken: async () => token } : {}),
        reconnectAfterMs: () => 50,
      })
      clients.add(client)
      return client
    },
    releaseClients,
    restartPostgres: async (how, meanwhile) => {
      if (how === 'crash') process.kill(postgres.pid, 'SIGKILL')
      else await postgres.stop()
      await postgres.exited
      await meanwhile?.()
      postgres = await startPostgres({ dataDir, port: postgres.port })
    },
    restartRealtime: async (some = limits) => {
      await realtime.close()
      realtime = await start(some)
    },
    close: async () => {
      await releaseClients()
      await realtime.close()
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
      await sql.end()
      await postgres.stop()
      await rm(root, { recursive: true, force: true })
    },
  }
}

async function listen(realtime: () => Realtime): Promise<Server> {
  const http = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const headers = Object.entries(request.headers).map(([name, value]): [string, string] => [
      name,
      String(value),
    ])
    const answer = await realtime().fetch(
      new Request(`http://${request.headers.host}${request.url}`, {
        method: request.method,
        headers,
        ...(request.method === 'POST' ? { body: Buffer.concat(chunks) } : {}),
      }),
    )
    response.writeHead(answer.status, Object.fromEntries(answer.headers))
    response.end(Buffer.from(await answer.arrayBuffer()))
  })
  http.on('upgrade', (request, socket, head) => realtime().handleUpgrade(request, socket, head))
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  return http
}

/** A user's token; `expiresIn` in seconds. */
export async function tokenOf(
  sub: string,
  { expiresIn = 3600, role = 'authenticated' } = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  return new SignJWT({ role, sub })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuedAt(now)
    .setExpirationTime(now + expiresIn)
    .sign(new TextEncoder().encode(jwtSecret))
}

export const ana = '00000000-0000-4000-8000-00000000000a'
export const bruno = '00000000-0000-4000-8000-00000000000b'
export const carla = '00000000-0000-4000-8000-00000000000c'

/**
 * Who may what is a table: members read a topic, writers write it. A topic that begins with `broken` meets a policy
 * that raises.
 */
const policies = `
create table public.members (
  topic text not null, user_id uuid not null, extension text not null, can_write boolean not null
);
create function public.allowed(topic text, extension text, writes boolean) returns boolean
language plpgsql stable security definer set search_path = '' as $$
begin
  if topic like 'broken%' then
    raise exception 'the policy is broken';
  end if;
  return exists (
    select from public.members m
    where m.topic = allowed.topic and m.extension = allowed.extension and (m.can_write or not writes)
      and m.user_id = (nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub')::uuid
  );
end
$$;
grant execute on function public.allowed to anon, authenticated;
create policy "Members read their topics" on realtime.messages for select to authenticated
  using (public.allowed(realtime.topic(), extension, false));
create policy "Writers write to their topics" on realtime.messages for insert to authenticated
  with check (public.allowed(realtime.topic(), extension, true));
`

/** Lets a user read (and write) a topic, for both extensions unless one is named. */
export async function allow(
  server: TestServer,
  topic: string,
  user: string,
  { write = true, extensions = ['broadcast', 'presence'] }: { write?: boolean; extensions?: string[] } = {},
): Promise<void> {
  await server.sql.query('insert into public.members select $1, $2, unnest($3::text[]), $4', [
    topic,
    user,
    extensions,
    write,
  ])
}

export async function disallow(server: TestServer, topic: string, user: string): Promise<void> {
  await server.sql.query('delete from public.members where topic = $1 and user_id = $2', [topic, user])
}
